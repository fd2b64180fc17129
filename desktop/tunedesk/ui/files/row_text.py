"""A row as a text to compare, and what two versions of it do not share. Off the GUI thread."""

from __future__ import annotations

import msgspec

from tunedesk.core.edits import RowChange
from tunedesk.core.messages import text_of
from tunedesk.core.rows import RowError, messages_of
from tunedesk.core.text_diff import Range, differences
from tunedesk.ui.pages.data.special_text import shown_safely
from tunedesk.ui.pages.data.unseen_marks import visible_text

_MAX_CHARS = 200_000


class Compared(msgspec.Struct, frozen=True):
    """Two texts, and the parts that only one of them has, [start, end) in characters."""

    before: str
    after: str
    only_before: list[Range]
    only_after: list[Range]


def compared(change: RowChange) -> Compared:
    """Readable texts where those differ, else the rows' own JSON; what one does not see is spelled
    out. Takes up to a second."""
    before, after = readable(change.before), readable(change.after)
    if before == after:
        before, after = _plain(change.before), _plain(change.after)
    before, after = shown_safely(visible_text(before)), shown_safely(visible_text(after))
    only_before, only_after = differences(before, after)
    return Compared(before, after, only_before, only_after)


def readable(raw: bytes | None) -> str:
    """Role and text of each message; JSON where a row has more to it or cannot be read."""
    if raw is None:
        return ""
    try:
        messages = messages_of(raw)
    except RowError:
        return _plain(raw)
    parts = [f"{message.get('role', '')}\n{text_of(message)}" for message in messages]
    return "\n\n".join(parts)[:_MAX_CHARS] if parts else _plain(raw)


def _plain(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", "replace")[:_MAX_CHARS]
