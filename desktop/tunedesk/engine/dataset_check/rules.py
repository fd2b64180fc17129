"""What the engine asks of an example beyond the app's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunedesk.core.messages import tool_calls_of
from tunedesk.core.rows import Format
from tunedesk.core.validation.tool_calls import answers_match
from tunedesk.engine.dataset_check.wording import INVALID_FILE, UNSUPPORTED, Refusal, place
from tunedesk.engine.tool_text import strict_object

_OUTPUTS = ("preferred_output", "non_preferred_output")
_TEXT_PARTS = ("text", "refusal")


def unsupported(value: Mapping[str, Any], found: Format, number: int) -> Refusal | None:
    """Pictures, sounds and files: the engine's models read text only."""
    for path, message in _messages(value, found):
        kind = _media_kind(message)
        if kind is not None:
            text = f"{place(path, number)} has content of type '{kind}'; this model reads text only"
            return Refusal(UNSUPPORTED, text)
    return None


def bad_arguments(value: Mapping[str, Any], found: Format, number: int) -> Refusal | None:
    """Arguments that only Python takes for JSON, such as NaN."""
    for path, message in _messages(value, found):
        for function in tool_calls_of(message):
            try:
                strict_object(function["arguments"])
            except ValueError as error:
                text = f"{place(path, number)}: the arguments are not valid JSON: {error}"
                return Refusal(INVALID_FILE, text)
    return None


def unmatched_answers(value: Mapping[str, Any], found: Format, number: int) -> Refusal | None:
    """A tool message in an output answers a call of the prompt or of that output."""
    if found is not Format.PREFERENCE:
        return None
    for key in _OUTPUTS:
        whole = {"messages": [*value["input"]["messages"], *value[key]]}
        finding = next(answers_match(whole, "$"), None)
        if finding is not None:
            return Refusal(INVALID_FILE, f"Example {number}, {key}: {finding.message}")
    return None


def _messages(value: Mapping[str, Any], found: Format) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every message with its path, in a row of whatever shape."""
    if found is Format.CHAT:
        yield from _listed("$.messages", value.get("messages"))
    if found is Format.PREFERENCE:
        asked = value.get("input")
        if isinstance(asked, dict):
            yield from _listed("$.input.messages", asked.get("messages"))
        for key in _OUTPUTS:
            yield from _listed(f"$.{key}", value.get(key))


def _listed(path: str, messages: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, dict):
            yield f"{path}[{index}]", message


def _media_kind(message: Mapping[str, Any]) -> str | None:
    if message.get("audio") is not None:
        return "audio"
    content = message.get("content")
    for part in content if isinstance(content, list) else []:
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind not in _TEXT_PARTS:
            return kind[:40]
    return None
