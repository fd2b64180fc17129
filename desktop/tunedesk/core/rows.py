"""One row of a dataset: what it is, what it asks, what it answers.

A row is the raw bytes of one line without its line end. Looking never changes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from tunedesk.core.json_text import JSONTextError, decode_text, dump, parse_text
from tunedesk.core.messages import content_text, role_of, text_of
from tunedesk.core.splice import splice_messages

SUMMARY_CHARS = 200


class Format(StrEnum):
    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    UNKNOWN = "unknown"


class RowSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A row in a table: `prompt` is the last user text before the reply.

    Texts are one line each, at most 200 characters, "" where there is none. `prompt` of a row
    that cannot be read is the beginning of its raw text, so that one sees what is broken.
    """

    format: Format
    prompt: str
    reply: str
    n_messages: int


class RowError(ValueError):
    """A row that is not what was asked for. `line` and `column` count from 1, None if unknown."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        where = "" if column is None else f" (line {line}, column {column})"
        super().__init__(f"{reason[:1].upper()}{reason[1:]}{where}.")
        self.reason = reason
        self.line = line
        self.column = column


def parse_row(raw: bytes) -> Any:
    """The row's JSON value. Raises RowError, with line and column, if it is no JSON."""
    try:
        return parse_text(decode_text(raw))
    except JSONTextError as error:
        raise RowError(error.reason, error.line, error.column) from None


def format_of(value: object) -> Format:
    """Format of a parsed row, by its keys alone; the rules say what else is wrong with it."""
    if not isinstance(value, dict):
        return Format.UNKNOWN
    if "messages" in value:
        return Format.CHAT
    if not _PREFERENCE_KEYS.isdisjoint(value) or _holds_messages(value.get("input")):
        return Format.PREFERENCE
    if "completion" in value or set(value) == {"prompt"}:
        return Format.COMPLETION
    return Format.UNKNOWN


def detect_format(raw: bytes) -> Format:
    """Format of a row; UNKNOWN for anything that cannot be read. Never raises."""
    try:
        return format_of(parse_row(raw))
    except RowError:
        return Format.UNKNOWN


def summarise(raw: bytes) -> RowSummary:
    """The row as the table shows it. Never raises, whatever the bytes."""
    try:
        value = parse_row(raw)
    except RowError:
        value = None
    kind = format_of(value)
    if kind is Format.UNKNOWN:
        start = raw[: SUMMARY_CHARS * 8].decode("utf-8", "replace")
        return RowSummary(format=kind, prompt=one_line(start), reply="", n_messages=0)
    prompt, reply = split_reply(value)
    asked = next((m for m in reversed(prompt) if role_of(m) == "user"), None)
    return RowSummary(
        format=kind,
        prompt=one_line(text_of(asked)),
        reply=one_line(reply),
        n_messages=_n_messages(kind, value, prompt),
    )


def messages_of(raw: bytes) -> list[dict[str, Any]]:
    """The messages of a chat row. Raises RowError if it is no JSON or has no list of objects."""
    value = parse_row(raw)
    found = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(found, list) or not all(isinstance(m, dict) for m in found):
        raise RowError("the row has no list of messages")
    return found


def with_messages(raw: bytes, messages: Sequence[Mapping[str, Any]]) -> bytes:
    """The row with other messages and nothing else changed.

    Other keys, key order, spacing and the way non-ASCII text is escaped stay as they were; so
    do the exact bytes of every message, and of every value in a changed message, that is equal
    to the old one. Raises RowError if `raw` is no JSON object with a list of messages.
    """
    messages_of(raw)
    try:
        return splice_messages(raw, [dict(message) for message in messages])
    except RecursionError:
        raise RowError("the row is nested too deeply to be edited by message") from None


def new_chat_row(messages: Sequence[Mapping[str, Any]]) -> bytes:
    """A chat row with these messages, as OpenAI writes its examples; UTF-8, nothing escaped."""
    row = {"messages": [dict(message) for message in messages]}
    return dump(row, ascii_only=False).encode()


def prompt_messages(raw: bytes) -> list[dict[str, Any]]:
    """What a model is given before it answers: everything before the last assistant message.

    A completion's prompt comes as one user message, a preference row's as its input. Raises
    RowError if the row cannot be read or is of no known format.
    """
    return [dict(m) for m in split_reply(_known(raw))[0] if isinstance(m, Mapping)]


def reference_reply(raw: bytes) -> str:
    """The answer the row teaches (a preference row's preferred one); "" if it has none.

    Raises RowError if the row cannot be read or is of no known format.
    """
    return split_reply(_known(raw))[1]


VOTES_TAG = "votes"
"""Rows with this tag were made from votes in Compare."""


def prompt_digest(raw: bytes) -> str:
    """SHA-256, as 64 hex digits, of what the row asks: equal prompts have equal digests.

    Spacing, key order, escapes, `weight`, null values and how a text is cut into parts do not
    matter. A row that cannot be read has the digest of its own bytes; never raises.
    """
    try:
        return digest_of_prompt(parse_row(raw))
    except (RowError, RecursionError):
        return hashlib.sha256(raw.strip()).hexdigest()


def digest_of_prompt(value: object) -> str:
    """`prompt_digest` of a parsed row."""
    known = format_of(value) is not Format.UNKNOWN
    prompt: object = [_canonical(m) for m in split_reply(value)[0]] if known else value
    return hashlib.sha256(canonical_json(prompt)).hexdigest()


def canonical_json(value: object) -> bytes:
    """JSON that is the same for equal values, whatever the order of keys.

    Raises RecursionError if the value is nested some hundreds deep.
    """
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (UnicodeEncodeError, OverflowError):  # lone surrogates; numbers above 64 bits
        return json.dumps(value, sort_keys=True).encode()


def split_reply(value: Any) -> tuple[list[Any], str]:
    """Messages before the reply, and the reply's text, of a parsed row of a known format."""
    kind = format_of(value)
    if kind is Format.COMPLETION:
        prompt = {"role": "user", "content": value.get("prompt")}
        return [prompt], content_text(value.get("completion"))
    if kind is Format.PREFERENCE:
        asked = value.get("input")
        prompt_list = _list(asked.get("messages") if isinstance(asked, Mapping) else None)
        return prompt_list, _last_reply(_list(value.get("preferred_output")))[1]
    return _last_reply(_list(value.get("messages")))


def one_line(text: str) -> str:
    """White space folded, unprintable bits replaced, at most 200 characters."""
    folded = _UNSHOWN.sub("\ufffd", " ".join(text[: SUMMARY_CHARS * 8].split()))
    if len(folded) <= SUMMARY_CHARS:
        return folded
    return folded[: SUMMARY_CHARS - 1] + "…"


_PREFERENCE_KEYS = {
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",  # old names, which the rules object to
    "non_preferred_completion",
}
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _known(raw: bytes) -> Any:
    value = parse_row(raw)
    if format_of(value) is Format.UNKNOWN:
        raise RowError("the row is neither chat, completion nor preference")
    return value


def _last_reply(messages: list[Any]) -> tuple[list[Any], str]:
    for index in range(len(messages) - 1, -1, -1):
        if role_of(messages[index]) == "assistant":
            return messages[:index], text_of(messages[index])
    return messages, ""


def _n_messages(kind: Format, value: Any, prompt: list[Any]) -> int:
    if kind is Format.CHAT:
        return len(_list(value.get("messages")))
    if kind is Format.PREFERENCE:
        return len(prompt) + len(_list(value.get("preferred_output")))
    return 2


def _canonical(message: object) -> object:
    if not isinstance(message, Mapping):
        return message
    kept = {k: v for k, v in message.items() if k != "weight" and v is not None}
    if "content" in kept and _is_text_parts(kept["content"]):
        kept["content"] = content_text(kept["content"])
    return kept


def _is_text_parts(content: object) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, Mapping)
        and set(part) == {"type", "text"}
        and part["type"] == "text"
        and isinstance(part["text"], str)
        for part in content
    )


def _holds_messages(value: object) -> bool:
    return isinstance(value, Mapping) and "messages" in value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
