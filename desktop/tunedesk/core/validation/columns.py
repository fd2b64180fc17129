"""What the rules of a whole file need to know of each row: 18 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.rows import Format, canonical_json, digest_of_prompt, format_of, split_reply
from tunedesk.core.rows import prompt_digest as digest_of_raw
from tunedesk.core.split import KEY_BYTES
from tunedesk.core.validation.blocks import (
    BLOCK_ROWS,
    Conversation,
    clean_block,
    prompts_json,
)
from tunedesk.core.validation.fast import clean_row, prompt_json
from tunedesk.core.validation.rows import check_slowly

FORMATS = tuple(Format)
CHAT, UNKNOWN = FORMATS.index(Format.CHAT), FORMATS.index(Format.UNKNOWN)
BLANK = len(FORMATS)
"""A line with nothing in it has no format and is not counted as an example."""

REPLY_BYTES = 8
FINE, WARNED, WRONG = range(3)

_COMPARED = frozenset({"messages", "input", "preferred_output", "prompt", "completion"})
_sha256 = hashlib.sha256


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
        first, issues = len(self), list[Issue]()
        self.kinds += bytes([CHAT]) * len(rows)
        self.worst += bytes([FINE]) * len(rows)
        keys, replies = list[bytes](), list[bytes]()
        for offset, raw in enumerate(rows):
            clean = clean_row(raw)
            if clean is None:
                seen = _look(raw, row + offset)
                issues += seen.issues
                self.kinds[first + offset] = seen.kind
                self.worst[first + offset] = worst_of(seen.issues)
                keys.append(seen.key)
                replies.append(seen.reply if self._with_replies else b"")
                continue
            keys.append(_sha256(prompt_json(clean)).digest()[:KEY_BYTES])
            if self._with_replies:
                replies.append(_text_key(clean[0][-1].content))
        self.keys += b"".join(keys)
        self.replies += b"".join(replies)
        return issues

    def add_lines(
        self, lines: bytes, starts: Sequence[int], lengths: Sequence[int], row: int
    ) -> list[Issue]:
        """`add` for rows that lie one after another in a part of a file."""
        issues = list[Issue]()
        for first in range(0, len(starts), BLOCK_ROWS):
            at, sizes = starts[first : first + BLOCK_ROWS], lengths[first : first + BLOCK_ROWS]
            origin = at[0]
            block = lines[origin : at[-1] + sizes[-1]]
            offsets = [start - origin for start in at]
            conversations = clean_block(block, offsets)
            if conversations is not None:
                self._add_clean(conversations)
                continue
            rows = [block[start : start + size] for start, size in zip(offsets, sizes, strict=True)]
            issues += self.add(rows, row + first)
        return issues

    def _add_clean(self, conversations: Sequence[Conversation]) -> None:
        self.kinds += bytes([CHAT]) * len(conversations)
        self.worst += bytes([FINE]) * len(conversations)
        prompts = [_sha256(prompt).digest()[:KEY_BYTES] for prompt in prompts_json(conversations)]
        self.keys += b"".join(prompts)
        if self._with_replies:
            said = [_text_key(messages[-1].content) for messages in conversations]
            self.replies += b"".join(said)


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


def _text_key(text: str) -> bytes:
    return _sha256(text.encode()).digest()[:REPLY_BYTES]


def _reply_key(value: Any) -> bytes:
    reply = split_reply(value)[1].encode("utf-8", "surrogatepass")
    rest = {key: inside for key, inside in value.items() if key not in _COMPARED}
    if rest:
        reply += b"\0" + canonical_json(rest)
    return _sha256(reply).digest()[:REPLY_BYTES]
