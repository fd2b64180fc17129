"""Many clean rows recognised at once, by calls of C for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from tunedesk.core.plain_rows import PlainMessage, PlainRow, decode_plain_row
from tunedesk.core.validation.blank import is_blank
from tunedesk.core.validation.fast import MAY_BE_BLANK, are_clean, roles_are_clean

BLOCK_ROWS = 100
"""What is read of so many rows stays in the processor's cache until it is used."""

_OPENING = b'{"messages"'
_decode_lines = msgspec.json.Decoder(PlainRow).decode_lines

Conversation = list[PlainMessage]


class Lines(NamedTuple):
    """Lines of a file and where each of them starts in the text; no line feed at the end."""

    text: bytes
    starts: Sequence[int]

    def rows(self) -> list[bytes]:
        return self.text.split(b"\n")


def clean_rows(rows: Sequence[bytes]) -> list[Conversation | None]:
    """What `clean_messages` says of each row. Best for BLOCK_ROWS at a time."""
    decoded = _decoded(rows)
    if all(decoded):
        conversations = [row.messages for row in decoded if row]
        if _all_are_clean(b"".join(rows), conversations):
            return [*conversations]
    return [
        row.messages if row and are_clean(raw, row.messages) else None
        for raw, row in zip(rows, decoded, strict=True)
    ]


def clean_lines(lines: Lines) -> list[Conversation] | None:
    """The messages of rows in which no row rule can find anything; None if one might.

    A line that opens as every chat row does can only be the begin of a row, since texts do not
    reach over line ends: with as many values as lines, each line is one value.
    """
    text, width = lines.text, len(_OPENING)
    if {text[at : at + width] for at in lines.starts} != {_OPENING}:
        return None
    try:
        conversations = [row.messages for row in _decode_lines(text)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_clean = len(conversations) == len(lines.starts) and _all_are_clean(text, conversations)
    return conversations if is_clean else None


def _decoded(rows: Sequence[bytes]) -> list[PlainRow | None]:
    """None for a row that is no plain chat; the others are read by one call each time."""
    found: list[PlainRow | None] = []
    rest = iter(rows)
    while len(found) < len(rows):
        try:
            found.extend(map(decode_plain_row, rest))  # keeps what came before an error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found.append(None)
    return found


def _all_are_clean(block: bytes, conversations: Sequence[Conversation]) -> bool:
    """`are_clean` for all rows that make up the block; False also where rows have weights.

    More quotes than those around the keys and texts that were read show a key that stands twice.
    """
    said_all = list(chain.from_iterable(conversations))
    texts = [message.content for message in said_all]
    n_quotes = block.count(b'"')
    if b"\\" in block or b"|" in block:
        said = "\n".join(texts)
        if b"\\u0022" in block or "<|" in said or "\x00" in said:
            return False
        n_quotes -= said.count('"')
    if n_quotes != 2 * len(conversations) + 8 * len(texts):
        return False
    heads = {text[:1] for text in texts}
    if not heads.isdisjoint(MAY_BE_BLANK) and any(map(is_blank, texts)):
        return False
    return all(map(roles_are_clean, _roles(conversations, [message.role for message in said_all])))


def _roles(conversations: Sequence[Conversation], roles: list[str]) -> set[tuple[str, ...]]:
    """Who speaks in turn, in any of them; in most files it is the same in all."""
    width = len(conversations[0]) if conversations else 0
    if roles == roles[:width] * len(conversations) and set(map(len, conversations)) == {width}:
        return {tuple(roles[:width])}
    return {tuple([message.role for message in messages]) for messages in conversations}
