"""A client that goes away: the generator's work for it ends within 200 ms, wherever it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.engine import MODEL_ID, EngineUnderTest
from tests.support.engine_load import cpu_until_idle_s, generator_cpu_s

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

# Counted in the generator's CPU time, which another program's load does not stretch.
_AT_MOST_S = 0.2
STORY: list[Any] = [{"role": "user", "content": "Tell me a long story about the sea."}]
BOOK: list[Any] = [{"role": "user", "content": "The sea is wide and blue. " * 900}]


async def _pieces(
    client: AsyncOpenAI, messages: list[Any], most_tokens: int = 1500
) -> AsyncGenerator[str]:
    stream = await client.chat.completions.create(
        model=MODEL_ID, messages=messages, max_tokens=most_tokens, temperature=0, stream=True
    )
    async with stream:
        async for chunk in stream:
            yield chunk.choices[0].delta.content or ""


async def _whole(client: AsyncOpenAI, messages: list[Any], most_tokens: int) -> str:
    return "".join([text async for text in _pieces(client, messages, most_tokens)])


async def test_closing_the_stream_stops_the_work(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    pieces = _pieces(client, STORY)
    assert "".join([await anext(pieces) for _ in range(8)])
    await pieces.aclose()
    assert await cpu_until_idle_s(engine) < _AT_MOST_S


async def test_closing_while_the_prompt_is_read_stops_the_reading(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    pieces = _pieces(client, BOOK)
    assert await anext(pieces) == ""  # the role comes as soon as the request is accepted
    await asyncio.sleep(0.3)
    await pieces.aclose()
    assert await cpu_until_idle_s(engine) < _AT_MOST_S


async def test_a_plain_request_that_is_given_up_stops_too(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    before = _pieces(client, STORY)
    await anext(before)  # the model is loaded
    await before.aclose()
    async with engine.client() as leaving:
        asked = leaving.chat.completions.create(
            model=MODEL_ID, messages=STORY, max_tokens=1500, temperature=0
        )
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asked, 0.7)
    assert await cpu_until_idle_s(engine) < _AT_MOST_S


async def test_those_who_wait_and_leave_are_never_begun(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    """Four run, six wait; the six leave, then the four. What the six would cost is measured too."""
    spent_s, six_s = [], []
    for _ in range(2):
        streams = [_pieces(client, STORY) for _ in range(10)]
        await asyncio.gather(*(anext(pieces) for pieces in streams[:4]))
        await asyncio.gather(*(anext(pieces) for pieces in streams[4:]))
        await asyncio.gather(*(pieces.aclose() for pieces in streams[4:]))
        await client.models.list()  # answered behind the news that the six have left
        await asyncio.gather(*(pieces.aclose() for pieces in streams[:4]))
        spent_s.append(await cpu_until_idle_s(engine))
        before_s = generator_cpu_s(engine)
        begun = (_whole(client, STORY, most_tokens=1) for _ in range(6))
        await asyncio.gather(*begun)
        six_s.append(generator_cpu_s(engine) - before_s)
    assert min(spent_s) < min(six_s) / 2, (spent_s, six_s)
