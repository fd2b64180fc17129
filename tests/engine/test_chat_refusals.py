"""What a chat request may not ask, each with the status, param and code that OpenAI gives it."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import MODEL_ID

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

HELLO: list[Any] = [{"role": "user", "content": "Hello."}]
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "x"}


def _said(*messages: Any) -> dict[str, Any]:
    return {"messages": [*HELLO, *messages]}


def _user(content: Any) -> dict[str, Any]:
    return _said({"role": "user", "content": content})


_ABOVE, _BELOW = "decimal_above_max_value", "decimal_below_min_value"
_IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}

_REFUSED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "parallel": ({"parallel_tool_calls": "yes"}, "parallel_tool_calls", None),
    "no messages": ({"messages": []}, "messages", "empty_array"),
    "role": (_said({"role": "boss", "content": "x"}), "messages[1].role", "invalid_value"),
    "image": (_user([_IMAGE]), "messages[1].content[0].type", "invalid_value"),
    "part": (_user([{"type": "text"}]), "messages[1].content[0].text", "invalid_type"),
    "part of no kind": (_user([3]), "messages[1].content[0]", "invalid_type"),
    "content a number": (_user(3), "messages[1].content", "invalid_type"),
    "user without content": (
        _said({"role": "user"}),
        "messages[1].content",
        "missing_required_parameter",
    ),
    "assistant says nothing": (
        _said({"role": "assistant", "content": None}),
        "messages[1].content",
        None,
    ),
    "tool without a call": (_said(ANSWER), "messages[1].role", None),
    "tool without id": (
        _said({"role": "tool", "content": "x"}),
        "messages[1].tool_call_id",
        "missing_required_parameter",
    ),
    "call without an answer": (_said(CALLING, *HELLO), "messages[2].role", None),
    "call never answered": (_said(CALLING), "messages[2].role", None),
    "call without arguments": (
        _said({**CALLING, "tool_calls": [{**CALL, "function": {"name": "f"}}]}, ANSWER),
        "messages[1].tool_calls[0].function.arguments",
        "invalid_type",
    ),
    "hot": ({"temperature": 3}, "temperature", _ABOVE),
    "cold": ({"temperature": -1}, "temperature", _BELOW),
    "top_p": ({"top_p": 1.5}, "top_p", _ABOVE),
    "presence": ({"presence_penalty": 2.5}, "presence_penalty", _ABOVE),
    "frequency": ({"frequency_penalty": -3}, "frequency_penalty", _BELOW),
    "bias": ({"logit_bias": {"5": 101}}, "logit_bias", _ABOVE),
    "bias of a word": ({"logit_bias": {"Paris": 1}}, "logit_bias", None),
    "bias of no token": ({"logit_bias": {"99999999": 1}}, "logit_bias", None),
    "n": ({"n": 9}, "n", "integer_above_max_value"),
    "no choices": ({"n": 0}, "n", "integer_below_min_value"),
    "no tokens": ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
    "two limits": ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens", None),
    "five stops": ({"stop": list("abcde")}, "stop", "array_above_max_length"),
    "rivals": ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "integer_above_max_value"),
    "rivals alone": ({"top_logprobs": 2}, "top_logprobs", None),
    "usage of no stream": (
        {"stream": False, "stream_options": {"include_usage": True}},
        "stream_options",
        None,
    ),
    "functions": (
        {"extra_body": {"functions": [{"name": "f"}]}},
        "functions",
        "unsupported_parameter",
    ),
    "sound": ({"modalities": ["text", "audio"]}, "modalities", "unsupported_parameter"),
    "no tools": ({"tools": []}, "tools", "empty_array"),
    "tool of another kind": ({"tools": [{"type": "custom"}]}, "tools[0].type", "invalid_value"),
    "tool's name": (
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        "tools[0].function.name",
        "invalid_value",
    ),
    "choice without tools": ({"tool_choice": "required"}, "tool_choice", None),
    "choice of no tool": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "tool_choice",
        None,
    ),
    "choice unheard of": ({"tools": [TOOL], "tool_choice": "any"}, "tool_choice", "invalid_value"),
    "schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
        "response_format",
        "unsupported_value",
    ),
    "format": ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    "json unsaid": ({"response_format": {"type": "json_object"}}, "messages", None),
    "too long": (_user("word " * 9000), "messages", "context_length_exceeded"),
}


@pytest.mark.parametrize("name", _REFUSED)
async def test_what_cannot_be_served_is_said(client: AsyncOpenAI, name: str) -> None:
    more, param, code = _REFUSED[name]
    asked: dict[str, Any] = {"model": MODEL_ID, "messages": HELLO, "max_tokens": 1, **more}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(**asked)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id


@pytest.mark.parametrize("name", ["too long", "hot", "bias of no token"])
async def test_a_stream_is_refused_before_it_begins(client: AsyncOpenAI, name: str) -> None:
    asked: dict[str, Any] = {"model": MODEL_ID, "messages": HELLO, **_REFUSED[name][0]}
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(**asked, stream=True)


async def test_an_unknown_model_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert caught.value.code == "model_not_found"


async def test_an_image_is_refused_in_words(client: AsyncOpenAI) -> None:
    asked: dict[str, Any] = _user([{"type": "text", "text": "See:"}, _IMAGE])
    with pytest.raises(openai.BadRequestError, match="reads text only, no images"):
        await client.chat.completions.create(model=MODEL_ID, **asked)


async def test_two_equal_limits_are_one(client: AsyncOpenAI) -> None:
    done = await client.chat.completions.create(
        model=MODEL_ID, messages=HELLO, max_tokens=2, max_completion_tokens=2, temperature=0
    )
    assert done.usage is not None
    assert done.usage.completion_tokens == 2
