"""The messages of a chat request: which shapes are taken, and OpenAI's words for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.engine.wire import ApiError

_ROLES = ("system", "developer", "user", "assistant", "tool")
_TEXT_PARTS = ("text", "refusal")
_MEDIA_PARTS = {"image_url": "images", "input_audio": "sound", "file": "files"}

Message = dict[str, Any]


def checked_messages(messages: list[Message]) -> list[Message]:
    """The messages as they are. Raises ApiError 400 that names the place of the first fault."""
    if not messages:
        text = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got"
        text += " an empty array instead."
        raise ApiError(400, text, param="messages", code="empty_array")
    for at, message in enumerate(messages):
        _check_role(message, f"messages[{at}]")
        _check_content(message, f"messages[{at}]")
        _check_calls(message, f"messages[{at}]")
    _check_order(messages)
    return messages


def _check_role(message: Message, place: str) -> None:
    role = message.get("role")
    if role not in _ROLES:
        named = ", ".join(f"'{known}'" for known in _ROLES[:-1])
        text = f"Invalid value: '{role}'. Supported values are: {named}, and '{_ROLES[-1]}'."
        raise ApiError(400, text, param=f"{place}.role", code="invalid_value")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise _missing(f"{place}.tool_call_id")


def _check_content(message: Message, place: str) -> None:
    content = message.get("content")
    if content is None:
        _check_absence(message, place)
    elif isinstance(content, list):
        for at, part in enumerate(content):
            _check_part(part, f"{place}.content[{at}]")
    elif not isinstance(content, str):
        raise _wrong_type(f"{place}.content", "one of a string or array of objects")


def _check_absence(message: Message, place: str) -> None:
    """Only an assistant may say nothing, and only where it calls a tool or refuses."""
    if message["role"] == "assistant":
        if message.get("tool_calls") or message.get("refusal"):
            return
        text = f"Invalid value for '{place}.content': expected a string, got null, without"
        raise ApiError(400, text + " 'tool_calls'.", param=f"{place}.content")
    if "content" not in message:
        raise _missing(f"{place}.content")
    raise _wrong_type(f"{place}.content", "one of a string or array of objects")


def _check_part(part: object, place: str) -> None:
    if not isinstance(part, dict):
        raise _wrong_type(place, "an object")
    kind = part.get("type")
    if kind in _MEDIA_PARTS:
        text = f"This model reads text only, no {_MEDIA_PARTS[kind]}. Leave the part of type"
        raise ApiError(400, f"{text} '{kind}' out.", param=f"{place}.type", code="invalid_value")
    if kind not in _TEXT_PARTS:
        text = f"Invalid value: '{kind}'. Supported values are: 'text' and 'refusal'."
        raise ApiError(400, text, param=f"{place}.type", code="invalid_value")
    if not isinstance(part.get(kind), str):
        raise _wrong_type(f"{place}.{kind}", "a string")


def _check_calls(message: Message, place: str) -> None:
    calls = message.get("tool_calls")
    if calls is None:
        return
    if not isinstance(calls, list) or not calls:
        raise _wrong_type(f"{place}.tool_calls", "an array with at least one object")
    for at, call in enumerate(calls):
        _check_call(call, f"{place}.tool_calls[{at}]")


def _check_call(call: object, place: str) -> None:
    if not isinstance(call, dict) or not isinstance(call.get("id"), str):
        raise _missing(f"{place}.id")
    function = call.get("function")
    if not isinstance(function, dict):
        raise _missing(f"{place}.function")
    for key in ("name", "arguments"):
        if not isinstance(function.get(key), str):
            raise _wrong_type(f"{place}.function.{key}", "a string")


def _check_order(messages: Sequence[Message]) -> None:
    """Each tool message answers a call just made, and each call is answered at once."""
    due: set[str] = set()
    for at, message in enumerate(messages):
        if message["role"] == "tool":
            _take_answer(message, due, f"messages[{at}]")
            continue
        _require_answered(due, at)
        due = {call["id"] for call in message.get("tool_calls") or ()}
    _require_answered(due, len(messages))


def _take_answer(message: Mapping[str, Any], due: set[str], place: str) -> None:
    if message["tool_call_id"] not in due:
        text = "Invalid parameter: messages with role 'tool' must be a response to a preceding"
        raise ApiError(400, text + " message with 'tool_calls'.", param=f"{place}.role")
    due.remove(message["tool_call_id"])


def _require_answered(due: set[str], at: int) -> None:
    if due:
        text = "An assistant message with 'tool_calls' must be followed by tool messages responding"
        text += " to each 'tool_call_id'. The following tool_call_ids did not have response"
        text += f" messages: {', '.join(sorted(due))}"
        raise ApiError(400, text, param=f"messages[{at}].role")


def _missing(param: str) -> ApiError:
    text = f"Missing required parameter: '{param}'."
    return ApiError(400, text, param=param, code="missing_required_parameter")


def _wrong_type(param: str, wanted: str) -> ApiError:
    text = f"Invalid type for '{param}': expected {wanted}."
    return ApiError(400, text, param=param, code="invalid_type")
