"""How a reply is chosen and shaped: n, log probabilities, penalties, biases, JSON, tool calls."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.engine import MODEL_ID
from tunedesk.engine.generation.json_prefix import JsonPrefix

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

FRANCE: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
PARIS = "The capital of France is Paris."
STORY: list[Any] = [{"role": "user", "content": "Tell me a long story about the sea."}]
PERSON: list[Any] = [{"role": "user", "content": "Describe Ada, 36, from London, as JSON."}]
WEATHER: list[Any] = [{"role": "user", "content": "How is the weather in Rome?"}]
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": name, "parameters": _CITY}}
    for name in ("get_weather", "get_time")
]


async def _answer(client: AsyncOpenAI, messages: list[Any], **more: Any) -> Any:
    asked: dict[str, Any] = {"temperature": 0, "max_tokens": 40, **more}
    return await client.chat.completions.create(model=MODEL_ID, messages=messages, **asked)


async def _stream(client: AsyncOpenAI, messages: list[Any], **more: Any) -> list[Any]:
    stream = await _answer(client, messages, stream=True, **more)
    return [chunk.choices[0] async for chunk in stream]


def _text_of(choices: list[Any], index: int = 0) -> str:
    return "".join(c.delta.content or "" for c in choices if c.index == index)


async def test_n_choices_differ_and_the_seed_repeats_them_all(client: AsyncOpenAI) -> None:
    asked: dict[str, Any] = {"n": 3, "temperature": 1, "seed": 11, "max_tokens": 8}
    once, again = [await _answer(client, STORY, **asked) for _ in range(2)]
    texts = [choice.message.content for choice in once.choices]
    assert [choice.index for choice in once.choices] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert texts == [choice.message.content for choice in again.choices]
    assert once.usage.completion_tokens == 24
    streamed = await _stream(client, STORY, **asked)
    assert [_text_of(streamed, index) for index in range(3)] == texts
    order = [choice.index for choice in streamed if choice.delta.content]
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    assert [choice.finish_reason for choice in streamed if choice.finish_reason] == ["length"] * 3


async def test_the_first_of_n_is_what_one_alone_says(client: AsyncOpenAI) -> None:
    done = await _answer(client, FRANCE, n=2)
    assert [choice.message.content for choice in done.choices] == [PARIS, PARIS]
    assert [choice.finish_reason for choice in done.choices] == ["stop", "stop"]


async def test_log_probabilities_tell_each_token_and_its_rivals(client: AsyncOpenAI) -> None:
    done = await _answer(client, FRANCE, logprobs=True, top_logprobs=3)
    tokens = done.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == PARIS
    assert b"".join(bytes(token.bytes) for token in tokens).decode() == PARIS
    for token in tokens:
        assert [len(token.top_logprobs), token.top_logprobs[0].token] == [3, token.token]
        assert token.top_logprobs[0].logprob == token.logprob
        assert sum(math.exp(rival.logprob) for rival in token.top_logprobs) <= 1.0001
    assert math.exp(tokens[-2].logprob) > 0.5  # it is sure of Paris


async def test_log_probabilities_come_with_the_chunks_too(client: AsyncOpenAI) -> None:
    plain = await _answer(client, FRANCE, logprobs=True)
    choices = await _stream(client, FRANCE, logprobs=True)
    streamed = [token for c in choices if c.logprobs for token in c.logprobs.content]
    assert streamed == plain.choices[0].logprobs.content
    assert all(token.top_logprobs == [] for token in streamed)
    for choice in choices:
        if choice.delta.content:
            assert "".join(t.token for t in choice.logprobs.content) == choice.delta.content


async def test_log_probabilities_of_a_stop_sequence_are_kept_out(client: AsyncOpenAI) -> None:
    done = await _answer(client, FRANCE, logprobs=True, stop=" is Paris")
    shown = "".join(token.token for token in done.choices[0].logprobs.content)
    assert shown == done.choices[0].message.content == "The capital of France"


async def test_biases_and_penalties_change_what_is_said(client: AsyncOpenAI) -> None:
    first = (await _answer(client, FRANCE, logprobs=True, top_logprobs=1, max_tokens=1)).choices[0]
    banned = {str(at): -100 for at in range(400, 800)}  # "The" is among the common tokens
    other = (await _answer(client, FRANCE, logit_bias=banned, max_tokens=1)).choices[0]
    assert first.message.content == "The"
    assert other.message.content != "The"
    twice = [{"role": "user", "content": "Say la la la la la la la la."}]
    sung = (await _answer(client, twice, max_tokens=30)).choices[0].message.content
    fresh = await _answer(client, twice, max_tokens=30, frequency_penalty=2, presence_penalty=2)
    assert len(set(fresh.choices[0].message.content.split())) >= len(set(sung.split()))
    assert fresh.choices[0].message.content != sung


async def test_a_reply_may_be_empty(client: AsyncOpenAI) -> None:
    at_once = {"logit_bias": {"2": 100}, "logprobs": True}  # the end token
    done = await _answer(client, FRANCE, **at_once)
    choice = done.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("", "stop")
    assert (choice.logprobs.content, done.usage.completion_tokens) == ([], 1)
    streamed = await _stream(client, FRANCE, **at_once)
    assert [c.finish_reason for c in streamed] == [None, "stop"]


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"temperature": 1, "seed": 2}])
async def test_json_mode_gives_one_valid_object(
    client: AsyncOpenAI, settings: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"response_format": {"type": "json_object"}, "max_tokens": 80}
    choice = (await _answer(client, PERSON, **asked, **settings)).choices[0]
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict)
    else:
        assert choice.finish_reason == "length"
        assert JsonPrefix().feed(choice.message.content) is not None


async def test_json_mode_cut_by_the_limit_says_so(client: AsyncOpenAI) -> None:
    done = await _answer(client, PERSON, response_format={"type": "json_object"}, max_tokens=3)
    assert done.choices[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("required", {"get_weather", "get_time"}),
        ({"type": "function", "function": {"name": "get_time"}}, {"get_time"}),
    ],
)
async def test_a_call_that_is_asked_for_comes(
    client: AsyncOpenAI, choice: Any, names: set[str]
) -> None:
    asked: dict[str, Any] = {"tools": TOOLS, "tool_choice": choice, "max_tokens": 200}
    done = await _answer(client, WEATHER, **asked)
    message = done.choices[0].message
    assert (done.choices[0].finish_reason, message.content) == ("tool_calls", None)
    (call,) = message.tool_calls
    assert call.id.startswith("call_")
    assert call.function.name in names
    assert isinstance(json.loads(call.function.arguments), dict)

    choices = await _stream(client, WEATHER, **asked)
    deltas = [d for c in choices for d in c.delta.tool_calls or ()]
    assert (deltas[0].index, deltas[0].type, deltas[0].id[:5]) == (0, "function", "call_")
    assert deltas[0].function.name == call.function.name
    assert "".join(d.function.arguments for d in deltas) == call.function.arguments
    assert _text_of(choices) == ""
    assert choices[-1].finish_reason == "tool_calls"


async def test_tools_that_are_not_called_leave_a_plain_reply(client: AsyncOpenAI) -> None:
    without = await _answer(client, FRANCE)
    none = await _answer(client, FRANCE, tools=TOOLS, tool_choice="none")
    assert none.choices[0].message == without.choices[0].message
    auto = await _answer(client, FRANCE, tools=TOOLS, max_tokens=12)
    assert auto.usage.prompt_tokens > none.usage.prompt_tokens + 20  # the model was told of them
    streamed = await _stream(client, FRANCE, tools=TOOLS, max_tokens=12)
    assert _text_of(streamed) == (auto.choices[0].message.content or "")
