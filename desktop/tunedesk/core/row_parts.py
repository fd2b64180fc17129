"""The texts of a row that people read, each with its JSON path and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from tunedesk.core.messages import role_of

Owner = Literal["prompt", "reply", "system", "other"]

_OWNERS: dict[str, Owner] = {
    "user": "prompt",
    "assistant": "reply",
    "system": "system",
    "developer": "system",
}


class RowPart(NamedTuple):
    """`is_plain` is False for text that is code for a program, such as a call's arguments."""

    path: str
    owner: Owner
    text: str
    is_plain: bool = True


def parts_of(value: Any) -> Iterator[RowPart]:
    """Every text of the messages of a parsed row, of any format, in the order it stands."""
    if not isinstance(value, dict):
        return
    for key, owner in (("prompt", "prompt"), ("completion", "reply")):
        if isinstance(value.get(key), str):
            yield RowPart(f"$.{key}", owner, value[key])  # type: ignore[arg-type]
    asked: Any = value.get("input")
    if not isinstance(asked, dict):
        asked = {}
    yield from _messages("$.messages", value.get("messages"))
    yield from _messages("$.input.messages", asked.get("messages"))
    yield from _messages("$.preferred_output", value.get("preferred_output"))
    yield from _messages("$.non_preferred_output", value.get("non_preferred_output"))


def _messages(path: str, messages: object) -> Iterator[RowPart]:
    for index, message in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(message, dict):
            yield from _message(f"{path}[{index}]", message)


def _message(path: str, message: dict[str, Any]) -> Iterator[RowPart]:
    owner = _OWNERS.get(role_of(message), "other")
    content = message.get("content")
    if isinstance(content, str):
        yield RowPart(f"{path}.content", owner, content)
    for index, part in enumerate(content if isinstance(content, list) else ()):
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            yield RowPart(f"{path}.content[{index}].text", owner, text)
    if isinstance(message.get("refusal"), str):
        yield RowPart(f"{path}.refusal", owner, message["refusal"])
    yield from _calls(f"{path}.tool_calls", message.get("tool_calls"))


def _calls(path: str, calls: object) -> Iterator[RowPart]:
    for index, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        for key in ("name", "arguments"):
            text = function.get(key) if isinstance(function, dict) else None
            if isinstance(text, str):
                yield RowPart(f"{path}[{index}].function.{key}", "other", text, is_plain=False)
