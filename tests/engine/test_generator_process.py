"""The generator process: killed, short of memory, idle, talking nonsense, beside training."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import (
    MODEL_ID,
    EngineUnderTest,
    is_alive,
    models_folder,
    processes_below,
)
from tests.support.engine_load import generator_pid
from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.generation import client as client_module
from tunedesk.engine.generation.child import Child
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.generation.protocol import Accepted, Done, Refused, Reply, Start

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

FRANCE: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
STORY: list[Any] = [{"role": "user", "content": "Tell me a long story about the sea."}]
BOOK: list[Any] = [{"role": "user", "content": "The sea is wide and blue. " * 150}]
_ROOM_BYTES = 48 * 2**20


async def _answer(client: AsyncOpenAI, messages: list[Any], **more: Any) -> Any:
    asked: dict[str, Any] = {"max_tokens": 2, "temperature": 0, **more}
    return await client.chat.completions.create(model=MODEL_ID, messages=messages, **asked)


async def _awake(engine: EngineUnderTest, client: AsyncOpenAI) -> int:
    """The generator's process, with the model loaded."""
    await _answer(client, FRANCE)
    pid = generator_pid(engine)
    assert pid is not None
    return pid


async def test_killed_in_mid_stream_it_says_so_and_the_next_question_starts_it_anew(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    pid = await _awake(engine, client)
    stream = await _answer(client, STORY, stream=True, max_tokens=1500)
    finish_reasons = []
    with pytest.raises(openai.APIError, match=r"killed by signal 9.*Ask again"):
        async for chunk in stream:
            finish_reasons.append(chunk.choices[0].finish_reason)
            if len(finish_reasons) == 4:
                os.kill(pid, signal.SIGKILL)
    assert set(finish_reasons) == {None}
    assert await _awake(engine, client) != pid


async def test_killed_in_a_plain_reply_it_is_a_500_with_words(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    pid = await _awake(engine, client)
    asked = asyncio.create_task(_answer(client, STORY, max_tokens=1500))
    await asyncio.sleep(0.3)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(openai.InternalServerError, match="killed by signal 9") as caught:
        await asked
    assert caught.value.code == "generator_gone"
    assert await _awake(engine, client)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of others are Linux's")
async def test_out_of_memory_refuses_that_request_and_the_others_go_on(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    pid = await _awake(engine, client)
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    small = asyncio.create_task(_answer(client, STORY, max_tokens=60))
    resource.prlimit(pid, resource.RLIMIT_AS, (_size_bytes(pid) + _ROOM_BYTES, before[1]))
    try:
        with pytest.raises(openai.InternalServerError, match="not enough free memory") as caught:
            await _answer(client, BOOK, n=8, max_tokens=200)
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)
    assert caught.value.code == "out_of_memory"
    assert (await small).usage.completion_tokens == 60
    assert await _awake(engine, client) == pid


def _size_bytes(pid: int) -> int:
    pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[0])
    return pages * resource.getpagesize()


async def test_beside_training_an_answer_begins_after_one_step(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    """This test plays the trainer: it holds the compute lock step after step."""
    await _awake(engine, client)
    stove = ComputeLock(engine.data / "locks")
    steps, done = [0], threading.Event()
    in_step = threading.Event()

    def train() -> None:
        while not done.is_set():
            with stove.turn():
                steps[0] += 1
                in_step.set()
                done.wait(0.15)

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        await asyncio.to_thread(in_step.wait)
        stream = await _answer(client, FRANCE, stream=True, max_tokens=30)
        first = await anext(aiter(stream))
        assert first.choices[0].delta.role == "assistant"
        asked_in_step = steps[0]
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        began_in_step = steps[0]
        await stream.close()
    finally:
        done.set()
        await asyncio.to_thread(trainer.join)
        stove.close()
    # It waits for the step it came in, then has its turn; our next step may have begun since.
    assert began_in_step - asked_in_step <= 2


@pytest.fixture
async def generator(tmp_path: Path) -> AsyncIterator[Generator]:
    made = Generator(tmp_path / "locks", tmp_path / "generator.log", idle_s=0.2)
    yield made
    await made.stop()


def _order(name: str) -> Start:
    base = str(models_folder() / MODEL_ID)
    return Start(id=name, base_folder=base, adapter=None, messages=FRANCE, max_tokens=1)


async def _all(generator: Generator, name: str) -> list[Reply]:
    return [reply async for reply in generator.replies(_order(name))]


async def test_idle_for_long_it_gives_its_memory_back_and_comes_again(
    generator: Generator, tmp_path: Path
) -> None:
    assert isinstance((await _all(generator, "a"))[-1], Done)
    commands = processes_below(os.getpid()).items()
    (pid,) = [pid for pid, command in commands if str(tmp_path / "locks") in command]
    while is_alive(pid):
        await asyncio.sleep(0.02)
    assert isinstance((await _all(generator, "b"))[-1], Done)


async def test_more_than_the_queue_holds_are_told_to_come_back(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MOST_REQUESTS", 1)
    first = generator.replies(_order("first"))
    assert isinstance(await anext(first), Accepted)
    (refused,) = await _all(generator, "second")
    assert isinstance(refused, Refused)
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    await first.aclose()


async def test_a_full_queue_is_a_429_that_says_when(client: AsyncOpenAI) -> None:
    asked = [_answer(client, STORY, stream=True, max_tokens=1500) for _ in range(68)]
    streams = await asyncio.gather(*asked)
    with pytest.raises(openai.RateLimitError, match="try again later") as caught:
        await _answer(client, FRANCE)
    assert caught.value.response.headers["retry-after"] == "5"
    await asyncio.gather(*(stream.close() for stream in streams))
    assert await _answer(client, FRANCE)


_BABBLER = """
import sys
sys.stdin.readline()
sys.stdout.write('hello\\n{"type": "piece"}\\n')
sys.stdout.write('{"type": "done", "id": "a", "completion_tokens": 3}\\n')
sys.stdout.flush()
sys.stdin.readline()
sys.stdout.write("x" * 3000000)
"""


async def test_lines_that_are_no_replies_are_noted_and_left_out(tmp_path: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BABBLER, stdin=pipe, stdout=pipe, limit=2**16
    )
    child = Child(process, tmp_path / "log")
    assert [reply async for reply in child.replies(_order("a"))] == [
        Done(id="a", completion_tokens=3)
    ]
    (gone,) = [reply async for reply in child.replies(_order("b"))]
    assert isinstance(gone, Refused)
    assert gone.code == "generator_gone"
    assert child.is_dead
    assert (tmp_path / "log").read_text().count("left out") == 2
    await child.kill()


_FLOOD = """
import sys
sys.stdin.readline()
line = '{"type": "piece", "id": "a", "index": 0, "text": "x"}\\n'
sys.stdout.write(line * 30000)
sys.stdout.flush()
print(sys.stdin.readline(), file=sys.stderr)
"""


async def test_a_reader_far_behind_is_given_up(tmp_path: Path) -> None:
    """What waits for it is bounded, and the generator is told to stop."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FLOOD, stdin=pipe, stdout=pipe, stderr=pipe
    )
    child = Child(process, tmp_path / "log")
    replies = child.replies(_order("a"))
    await anext(replies)
    assert process.stderr is not None
    assert b"cancel" in await process.stderr.read()
    said = [reply async for reply in replies]
    assert len(said) <= 10_001
    assert isinstance(said[-1], Refused)
    assert said[-1].code == "reader_too_slow"
    await child.kill()
