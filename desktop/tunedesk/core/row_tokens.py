"""Tokens of a whole row of any format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tunedesk.core.messages import content_text
from tunedesk.core.plain_rows import plain_messages
from tunedesk.core.rows import Format, RowError, format_of, parse_row
from tunedesk.core.tokens import TokenCounter


class RowTokens(NamedTuple):
    """`total` is what a service counts (and bills an epoch), `trained` what the model is taught."""

    total: int
    trained: int


def count_row(raw: bytes, counter: TokenCounter) -> RowTokens:
    """Tokens of a row; 0 for a row that cannot be read. Never raises.

    A preference row counts its prompt and both answers; the answers are what is trained.
    """
    messages = plain_messages(raw)
    if messages is not None:
        said = [(m.role, m.content, m.role == "assistant" and m.weight != 0) for m in messages]
        return RowTokens(*counter.plain(said))
    try:
        return count_value(parse_row(raw), counter)
    except RowError:
        return RowTokens(0, 0)


def count_value(value: Any, counter: TokenCounter) -> RowTokens:
    """`count_row` of a parsed row."""
    found = format_of(value)
    if found is Format.CHAT:
        return RowTokens(*counter.counted(_messages(value["messages"])))
    if found is Format.COMPLETION:
        said = counter.count(content_text(value.get("completion")))
        return RowTokens(counter.count(content_text(value.get("prompt"))) + said, said)
    if found is Format.PREFERENCE:
        return _preference(value, counter)
    return RowTokens(0, 0)


def _preference(value: Mapping[str, Any], counter: TokenCounter) -> RowTokens:
    asked = value.get("input")
    prompt = _messages(asked.get("messages") if isinstance(asked, Mapping) else None)
    answers = _messages(value.get("preferred_output"))
    answers += _messages(value.get("non_preferred_output"))
    return RowTokens(counter.conversation(prompt + answers), counter.trained(answers))


def _messages(value: object) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [message for message in listed if isinstance(message, Mapping)]
