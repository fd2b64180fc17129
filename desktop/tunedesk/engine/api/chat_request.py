"""What a chat request may ask, and what is refused plainly because it is not served."""

from __future__ import annotations

from typing import Any

import msgspec

from tunedesk.engine.api.chat_messages import checked_messages
from tunedesk.engine.api.chat_tools import Tools, forced_call, tools_in_use
from tunedesk.engine.generation.protocol import Sampling, Start
from tunedesk.engine.models import Servable
from tunedesk.engine.tool_text import CALL_CLOSING
from tunedesk.engine.wire import ApiError, new_id

_MAX_STOPS = 4
_MAX_CHOICES = 8
_MAX_RIVALS = 20
_SEEDS = 2**63


class _StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool | None = None


class ChatBody(msgspec.Struct, frozen=True):
    """The fields that are served, and those that must be known in order to be refused."""

    model: str
    messages: list[dict[str, Any]]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None

    @property
    def wants_usage(self) -> bool:
        """True where the stream is to end with a usage chunk."""
        return bool(self.stream_options and self.stream_options.include_usage)


def order_of(body: ChatBody, model: Servable) -> Start:
    """What the generator is told. Raises ApiError 400 for what is wrong or not served."""
    _refuse_unserved(body)
    messages = checked_messages(body.messages)
    tools = tools_in_use(body.tools, body.tool_choice)
    opening, starts = forced_call(tools, body.tool_choice)
    return Start(
        id=new_id("gen-"),
        base_folder=str(model.base_folder),
        adapter=None if model.adapter is None else str(model.adapter),
        messages=messages,
        tools=tools,
        max_tokens=_limit(body),
        sampling=_sampling(body),
        stop=[*_stops(body), *_end_of_the_only_call(body, tools)],
        n=_whole("n", body.n, 1, _MAX_CHOICES) or 1,
        top_logprobs=_rivals(body),
        is_json=_is_json(body, messages),
        opening=opening,
        starts=starts,
    )


def _refuse_unserved(body: ChatBody) -> None:
    if body.functions:
        raise _unsupported("functions", "'functions' was replaced by 'tools'; use 'tools'.")
    if any(kind != "text" for kind in body.modalities or ()):
        raise _unsupported("modalities", "This engine answers with text only.")
    if body.stream_options is not None and not body.stream:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, text, param="stream_options")


def _unsupported(param: str, message: str) -> ApiError:
    return ApiError(400, message, param=param, code="unsupported_parameter")


def _limit(body: ChatBody) -> int | None:
    older, newer = body.max_tokens, body.max_completion_tokens
    if older is not None and newer is not None and older != newer:
        text = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise ApiError(400, text, param="max_tokens")
    if newer is not None:
        return _whole("max_completion_tokens", newer, 1, 2**31)
    return _whole("max_tokens", older, 1, 2**31)


def _sampling(body: ChatBody) -> Sampling:
    temperature = _number("temperature", body.temperature, 0, 2)
    top_p = _number("top_p", body.top_p, 0, 1)
    return Sampling(
        temperature=1.0 if temperature is None else temperature,
        top_p=1.0 if top_p is None else top_p,
        seed=_whole("seed", body.seed, -_SEEDS, _SEEDS - 1),
        presence_penalty=_number("presence_penalty", body.presence_penalty, -2, 2) or 0.0,
        frequency_penalty=_number("frequency_penalty", body.frequency_penalty, -2, 2) or 0.0,
        logit_bias=_biases(body),
    )


def _biases(body: ChatBody) -> dict[int, float]:
    biases: dict[int, float] = {}
    for token, bias in (body.logit_bias or {}).items():
        if not (token.isascii() and token.isdigit()) or len(token) > len(str(2**31)):
            text = f"Invalid key in 'logit_bias': {token}. You should only be submitting"
            raise ApiError(400, text + " non-negative integers.", param="logit_bias")
        biases[int(token)] = _number("logit_bias", bias, -100, 100) or 0.0
    return biases


def _stops(body: ChatBody) -> list[str]:
    stops = [body.stop] if isinstance(body.stop, str) else list(body.stop or ())
    if len(stops) > _MAX_STOPS:
        text = "Invalid 'stop': array too long. Expected an array with maximum length"
        text += f" {_MAX_STOPS}, but got an array with length {len(stops)} instead."
        raise ApiError(400, text, param="stop", code="array_above_max_length")
    return stops


def _end_of_the_only_call(body: ChatBody, tools: Tools | None) -> list[str]:
    """Where a reply stops that may call one function at most."""
    return [CALL_CLOSING] if tools and body.parallel_tool_calls is False else []


def _rivals(body: ChatBody) -> int | None:
    if body.top_logprobs is not None and not body.logprobs:
        text = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        raise ApiError(400, text, param="top_logprobs")
    rivals = _whole("top_logprobs", body.top_logprobs, 0, _MAX_RIVALS)
    return (rivals or 0) if body.logprobs else None


def _is_json(body: ChatBody, messages: list[dict[str, Any]]) -> bool:
    kind = "text" if body.response_format is None else body.response_format.get("type")
    if kind == "text":
        return False
    if kind == "json_schema":
        text = "This engine cannot hold a reply to a schema. Use {'type': 'json_object'}, describe"
        text += " the wanted keys in the messages, and check the reply."
        raise ApiError(400, text, param="response_format", code="unsupported_value")
    if kind != "json_object":
        text = f"Invalid value: '{kind}'. Supported values are: 'json_object' and 'text'."
        raise ApiError(400, text, param="response_format.type", code="invalid_value")
    if not any("json" in str(message.get("content")).lower() for message in messages):
        text = "'messages' must contain the word 'json' in some form, to use 'response_format' of"
        raise ApiError(400, text + " type 'json_object'.", param="messages")
    return True


def _whole(param: str, value: int | None, low: int, high: int) -> int | None:
    _require("integer", param, value, low, high)
    return value


def _number(param: str, value: float | None, low: float, high: float) -> float | None:
    _require("decimal", param, value, low, high)
    return value


def _require(kind: str, param: str, value: float | None, low: float, high: float) -> None:
    if value is None or low <= value <= high:
        return
    side, end, sign = (
        ("above maximum", "max", "<=") if value > high else ("below minimum", "min", ">=")
    )
    edge = high if value > high else low
    text = (
        f"Invalid '{param}': {kind} {side} value. Expected a value {sign} {edge}, but got {value}"
    )
    code = f"{kind}_{side.split()[0]}_{end}_value"
    raise ApiError(400, text + " instead.", param=param, code=code)
