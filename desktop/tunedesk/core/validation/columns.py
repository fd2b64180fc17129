"""What the rules of a whole file need to know of each row: 18 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.rows import Format, canonical_json, digest_of_prompt, format_of, split_reply
from tunedesk.core.rows import prompt_digest as digest_of_raw
from tunedesk.core.split import KEY_BYTES, keys_of
from tunedesk.core.validation.blocks import (
    BLOCK_ROWS,
    Conversation,
    Lines,
    clean_lines,
    clean_rows,
)
from tunedesk.core.validation.rows import check_slowly

FORMATS = tuple(Format)
CHAT, UNKNOWN = FORMATS.index(Format.CHAT), FORMATS.index(Format.UNKNOWN)
BLANK = len(FORMATS)
"""A line with nothing in it has no format and is not counted as an example."""

REPLY_BYTES = KEY_BYTES
FINE, WARNED, WRONG = range(3)

_COMPARED = frozenset({"messages", "input", "preferred_output", "prompt", "completion"})
_encode = msgspec.json.Encoder().encode


class RowColumns:
    """Grows by one entry with each row that is looked at.

    `kinds` index FORMATS, or are BLANK; `worst` is FINE, WARNED or WRONG by the row's own rules;
    `keys` tell prompts apart (KEY_BYTES each, the digest's first); `replies` tell apart what else
    is in the row (8 bytes each, zeros where rows are not compared), if they are wanted.
    """

    def __init__(self, *, with_replies: bool = True) -> None:
        self._with_replies = with_replies
        self.kinds = bytearray()
        self.worst = bytearray()
        self.keys = bytearray()
        self.replies = bytearray()

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, rows: Sequence[bytes], row: int) -> list[Issue]:
        """Look at the next rows, parsing each once; returns what their own rules find.

        `row` is the first one's number, from 1.
        """
        issues = list[Issue]()
        for first in range(0, len(rows), BLOCK_ROWS):
            issues += self._add_block(rows[first : first + BLOCK_ROWS], row + first)
        return issues

    def add_lines(self, lines: Lines, row: int) -> list[Issue]:
        """`add` for lines of a file that were read at once; best for some dozens."""
        conversations = clean_lines(lines)
        if conversations is None:
            return self.add(lines.rows(), row)
        self._add_clean(conversations)
        return []

    def _add_block(self, rows: Sequence[bytes], row: int) -> list[Issue]:
        conversations = clean_rows(rows)
        if not all(conversations):
            return self._add_mixed(rows, conversations, row)
        self._add_clean([messages for messages in conversations if messages])
        return []

    def _add_clean(self, conversations: Sequence[Conversation]) -> None:
        self.kinds += bytes([CHAT]) * len(conversations)
        self.worst += bytes([FINE]) * len(conversations)
        replies = [messages.pop() for messages in conversations]
        self.keys += keys_of(map(_encode, conversations))
        if self._with_replies:
            self.replies += keys_of([reply.content.encode() for reply in replies])

    def _add_mixed(
        self, rows: Sequence[bytes], conversations: Sequence[Conversation | None], row: int
    ) -> list[Issue]:
        issues = list[Issue]()
        clean = list[Conversation]()
        for number, (raw, messages) in enumerate(zip(rows, conversations, strict=True), row):
            if messages:
                clean.append(messages)
                continue
            self._add_clean(clean)
            clean = []
            seen = _look(raw, number)
            issues += seen.issues
            self.kinds.append(seen.kind)
            self.worst.append(worst_of(seen.issues))
            self.keys += seen.key
            self.replies += seen.reply if self._with_replies else b""
        self._add_clean(clean)
        return issues


class _Look(NamedTuple):
    """A row that any rule may have something to say about."""

    issues: list[Issue]
    kind: int
    key: bytes
    reply: bytes


def _look(raw: bytes, row: int) -> _Look:
    issues, value = check_slowly(raw, row)
    kind = _kind(value, issues)
    is_known = kind < UNKNOWN
    digest = digest_of_prompt(value) if is_known else digest_of_raw(raw)
    reply = _reply_key(value) if is_known else bytes(REPLY_BYTES)
    return _Look(issues, kind, bytes.fromhex(digest[: 2 * KEY_BYTES]), reply)


def worst_of(issues: list[Issue]) -> int:
    """FINE, WARNED or WRONG."""
    if not issues:
        return FINE
    return WRONG if any(issue.severity is Severity.ERROR for issue in issues) else WARNED


def _kind(value: Any, issues: list[Issue]) -> int:
    if any(issue.code == "blank_line" for issue in issues):
        return BLANK
    return FORMATS.index(format_of(value))


def _reply_key(value: Any) -> bytes:
    reply = split_reply(value)[1].encode("utf-8", "surrogatepass")
    rest = {key: inside for key, inside in value.items() if key not in _COMPARED}
    if rest:
        reply += b"\0" + canonical_json(rest)
    return hashlib.sha256(reply).digest()[:REPLY_BYTES]
