"""Rows in the order of their prompts or replies, worked out in a process of its own.

A million texts are a quarter of a minute of work and a hundred megabytes of short strings: in the
window's process either would be felt.
"""

from __future__ import annotations

import re
from array import array
from typing import Any, Literal

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.rows import one_line, summarise
from tunedesk.services.check.protocol import Wanted
from tunedesk.services.dataset.wanted_rows import OtherFileError, rows
from tunedesk.services.work.apart import Tell

TextColumn = Literal["prompt", "reply"]

_KEY_CHARS = 48
_TELL_EVERY = 5_000
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])(.)")


class TextOrder(msgspec.Struct, frozen=True):
    """What is wanted: these rows, ascending by this text."""

    rows: Wanted
    column: TextColumn


class _Message(msgspec.Struct):
    """A message of text alone; one with more is not read by it."""

    role: str
    content: str
    refusal: None = None
    tool_calls: None = None
    function_call: None = None


class _Chat(msgspec.Struct):
    messages: list[_Message]


_plain = msgspec.json.Decoder(_Chat)


def text_order(order: TextOrder, tell: Tell) -> bytes:
    """Indices into the rows as int32, ascending by text, equal ones as they stand.

    Raises TunedeskError if the file is another by now.
    """
    keys: list[str] = []
    n_rows = len(order.rows)
    try:
        for number, raw in enumerate(rows(order.rows)):
            keys.append(sort_key(shown_text(raw, order.column)))
            if number % _TELL_EVERY == 0:
                tell(number, n_rows)
    except (OtherFileError, OSError):
        raise _changed() from None
    return array("i", sorted(range(len(keys)), key=keys.__getitem__)).tobytes()


def shown_text(raw: bytes, column: TextColumn) -> str:
    """As `summarise` has it, three times as quick for a plain conversation."""
    try:
        messages = _plain.decode(raw).messages
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        messages = []
    if messages and messages[-1].role == "assistant":
        if column == "reply":
            return one_line(messages[-1].content)
        asked = next((m for m in reversed(messages) if m.role == "user"), None)
        return one_line(asked.content) if asked is not None else ""
    found: Any = summarise(raw)
    return str(found.prompt if column == "prompt" else found.reply)


def sort_key(text: str) -> str:
    """Case does not count, and a Thai vowel written before its consonant sorts after it."""
    return _LEADING_VOWEL.sub(r"\2\1", text[:_KEY_CHARS].casefold())


def _changed() -> TunedeskError:
    return TunedeskError(
        "sort.changed",
        "The rows could not be sorted.",
        "Another program has changed or removed the file.",
        "Open the dataset again.",
    )
