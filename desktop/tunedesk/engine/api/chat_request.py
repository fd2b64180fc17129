"""What a chat request may ask, and what is refused plainly because it is not served."""

from __future__ import annotations

from typing import Any

import msgspec

from tunedesk.engine.generation.protocol import Start
from tunedesk.engine.models import Servable
from tunedesk.engine.wire import ApiError, new_id

_ROLES = frozenset({"system", "developer", "user", "assistant"})
_MAX_STOPS = 4


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
    tools: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None

    @property
    def wants_usage(self) -> bool:
        """True where the stream is to end with a usage chunk."""
        return bool(self.stream_options and self.stream_options.include_usage)


def order_of(body: ChatBody, model: Servable) -> Start:
    """What the generator is told. Raises ApiError 400 for what is wrong or not served."""
    _refuse_unserved(body)
    _require("temperature", body.temperature, 0, 2)
    _require("top_p", body.top_p, 0, 1)
    limit = body.max_completion_tokens or body.max_tokens
    _require("max_tokens", limit, 1, 2**31)
    return Start(
        id=new_id("gen-"),
        base_folder=str(model.base_folder),
        adapter=None if model.adapter is None else str(model.adapter),
        messages=_messages(body),
        max_tokens=limit,
        temperature=1.0 if body.temperature is None else body.temperature,
        top_p=1.0 if body.top_p is None else body.top_p,
        seed=body.seed,
        stop=_stops(body),
    )


def _refuse_unserved(body: ChatBody) -> None:
    plain = body.response_format is None or body.response_format.get("type") == "text"
    asked = {
        "n": (body.n or 1) != 1,
        "logprobs": bool(body.logprobs),
        "tools": bool(body.tools),
        "response_format": not plain,
        "frequency_penalty": bool(body.frequency_penalty),
        "presence_penalty": bool(body.presence_penalty),
    }
    for param, is_asked in asked.items():
        if is_asked:
            message = f"'{param}' is not served by this engine yet."
            raise ApiError(400, message, param=param, code="unsupported_parameter")


def _require(param: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        message = f"Invalid '{param}': {value} is not between {low} and {high}."
        raise ApiError(400, message, param=param)


def _messages(body: ChatBody) -> list[dict[str, Any]]:
    if not body.messages:
        raise ApiError(400, "[] is too short - 'messages'", param="messages")
    for at, message in enumerate(body.messages):
        if message.get("role") not in _ROLES:
            text = f"Invalid value: '{message.get('role')}'. Supported values are:"
            text += " 'system', 'assistant', 'user' and 'developer'."
            raise ApiError(400, text, param=f"messages[{at}].role", code="invalid_value")
        if not isinstance(message.get("content"), str | list):
            text = f"Invalid value for 'content' of message {at}: expected a text or parts."
            raise ApiError(400, text, param=f"messages[{at}].content")
    return body.messages


def _stops(body: ChatBody) -> list[str]:
    stops = [body.stop] if isinstance(body.stop, str) else list(body.stop or ())
    if len(stops) > _MAX_STOPS:
        raise ApiError(400, f"At most {_MAX_STOPS} stop sequences.", param="stop")
    return stops
