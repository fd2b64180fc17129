"""Reading single chat messages of any shape, however odd: text, tool calls, weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_OBJECT = (dict, Mapping)  # dict first: asking the abstract class is ten times slower
_PART_MARKS = {"image_url": "[image]", "input_audio": "[audio]", "file": "[file]"}


def has_more_than_text(message: object) -> bool:
    """Whether a message holds a picture, or another part that is no text."""
    content = message.get("content") if isinstance(message, Mapping) else None
    return isinstance(content, list) and any(
        not isinstance(part, Mapping) or part.get("type") not in ("text", "refusal")
        for part in content
    )


def text_of(message: object) -> str:
    """What a person reads of a message: its text, refusal, tool calls; "" if there is nothing."""
    if not isinstance(message, _OBJECT):
        return ""
    pieces = [content_text(message.get("content")), _text(message.get("refusal"))]
    pieces += [_call_text(call) for call in tool_calls_of(message)]
    return "\n".join(piece for piece in pieces if piece)


def content_text(content: object) -> str:
    """Text of a `content` value: a text as it is, parts joined, pictures as "[image]"."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "".join(_part_text(part) for part in content)
    return ""


def tool_calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The message's function calls as {"name", "arguments"}, the deprecated single one too."""
    calls = message.get("tool_calls")
    found = [call.get("function") for call in _mappings(calls)]
    found.append(message.get("function_call"))
    return [function for function in found if isinstance(function, _OBJECT)]


def role_of(message: object) -> str:
    """The role, or "" where there is none."""
    return _text(message.get("role")) if isinstance(message, _OBJECT) else ""


def is_trained(message: object) -> bool:
    """Whether a chat row teaches this message: assistant's, and not of weight 0."""
    if not isinstance(message, _OBJECT) or role_of(message) != "assistant":
        return False
    weight = message.get("weight")
    return weight is None or weight != 0


def as_asked(message: Mapping[str, Any]) -> dict[str, Any]:
    """A row's message as a chat request may have it: `weight` is for training alone."""
    return {key: value for key, value in message.items() if key != "weight"}


def _part_text(part: object) -> str:
    if not isinstance(part, _OBJECT):
        return ""
    text = part.get("text", part.get("refusal"))
    return text if isinstance(text, str) else _PART_MARKS.get(_text(part.get("type")), "")


def _call_text(function: Mapping[str, Any]) -> str:
    return f"{_text(function.get('name'))}({_text(function.get('arguments'))})"


def _mappings(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [item for item in value if isinstance(item, _OBJECT)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
