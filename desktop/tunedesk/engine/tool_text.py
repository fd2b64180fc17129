"""Tools, calls and their results as text a model reads and writes.

Qwen and Hermes models were taught this form; a model whose template has no place for tools learns
it from the rows of a job, and is asked in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import msgspec

CALL_OPENING = "<tool_call>"
CALL_CLOSING = "</tool_call>"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SPACE = re.compile(r"\s*")
_HOW_TO_CALL = (
    "To use one, write\n"
    f'{CALL_OPENING}\n{{"name": "its name", "arguments": {{its arguments}}}}\n{CALL_CLOSING}'
)


class ToolCall(msgspec.Struct, frozen=True):
    """A function and its arguments, a JSON object written as text."""

    name: str
    arguments_json: str


def tools_text(functions: Sequence[Mapping[str, Any]]) -> str:
    """What tells a model which functions there are: one JSON object a line, then how to call."""
    listed = "\n".join(json_text(function) for function in functions)
    return f"You can use these functions.\n<tools>\n{listed}\n</tools>\n{_HOW_TO_CALL}"


def call_text(call: ToolCall) -> str:
    """A call as the assistant writes it. `split_reply` reads it back."""
    body = {"name": call.name, "arguments": arguments_value(call.arguments_json)}
    return f"{CALL_OPENING}\n{json_text(body)}\n{CALL_CLOSING}"


def result_text(content: str) -> str:
    """What a tool answered."""
    return f"<tool_response>\n{content}\n</tool_response>"


def split_reply(text: str) -> tuple[str, list[ToolCall]]:
    """The content and the calls of a finished reply.

    Whatever is no sound call stays in the content: broken JSON, a name no function can have,
    arguments that are no object. The last call may lack its closing mark. A reply without calls
    is returned unchanged.
    """
    kept: list[str] = []
    calls: list[ToolCall] = []
    at = 0
    while (start := text.find(CALL_OPENING, at)) >= 0:
        found = _call_at(text, start + len(CALL_OPENING))
        after = start + len(CALL_OPENING) if found is None else found[1]
        kept.append(text[at : start if found else after])
        if found is not None:
            calls.append(found[0])
        at = after
    kept.append(text[at:])
    content = "".join(kept)
    return (content.strip() if calls else content), calls


def arguments_value(arguments_json: str) -> object:
    """The arguments as an object; as they are, a text, where they are no JSON object."""
    try:
        return strict_object(arguments_json)
    except ValueError:
        return arguments_json


def strict_object(text: str) -> dict[str, Any]:
    """A JSON object. Raises ValueError, with the reason, for anything else, NaN included."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value


def json_text(value: object) -> str:
    """JSON as templates write it: nothing escaped that need not be."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which no tokenizer and no answer can hold
        return json.dumps(value)
    return text


def _call_at(text: str, at: int) -> tuple[ToolCall, int] | None:
    """The call whose JSON begins at `at`, and where the text goes on behind it."""
    try:
        value, end = _DECODER.raw_decode(text, _after_space(text, at))
    except (ValueError, RecursionError):
        return None
    end = _after_space(text, end)
    if text.startswith(CALL_CLOSING, end):
        end += len(CALL_CLOSING)
    elif end < len(text):
        return None
    call = _call(value)
    return None if call is None else (call, end)


def _call(value: object) -> ToolCall | None:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        arguments = arguments_value(arguments)
    if not isinstance(arguments, dict) or not _NAME.fullmatch(value["name"]):
        return None
    return ToolCall(value["name"], json_text(arguments))


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
