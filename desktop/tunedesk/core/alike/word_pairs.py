"""Hashes of each two neighbouring words, of many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.crc import Bytes, Places, carried_on, sums_of

_MOST_WORDS = 20_000  # of a text; what comes later is not looked at
_LONG_WORD = 12  # characters of a word in a script without spaces
_PIECE = 3  # characters that stand for a word in a longer stretch
_SPACE, _LINE_FEED = 0x20, 0x0A
_REPLY = b"\0"  # a word before the first one of a reply

_ONE = np.uint64(1)

U64 = npt.NDArray[np.uint64]


class RowPairs(NamedTuple):
    """Columns sorted by row and hash, each pair once a row: the row's place (from 0) in the upper
    32 bits, the hash in the lower ones. Those of the whole row, and those of its reply alone."""

    whole: U64
    reply: U64


def row_pairs(asked: Sequence[bytes], answered: Sequence[bytes], common: U64) -> RowPairs:
    """Word pairs of rows, from their plain texts; `common` ones, ascending, do not count."""
    texts = [text for row in zip(asked, answered, strict=True) for text in _with_mark(row)]
    marked = _marked_keys(np.frombuffer(b"\n".join([*texts, b""]), np.uint8))
    marked.sort()
    keys = marked >> _ONE
    if len(common):
        hashes = keys & np.uint64(0xFFFF_FFFF)
        at = np.minimum(np.searchsorted(common, hashes), len(common) - 1)
        is_kept = common[at] != hashes
        keys, marked = keys[is_kept], marked[is_kept]
    return RowPairs(_once(keys), _once(keys[(marked & _ONE).astype(np.bool_)]))


def _with_mark(row: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    asked, answered = map(_first_words, row)
    return asked, _REPLY + b" " + answered if answered else _REPLY


def _first_words(text: bytes) -> bytes:
    if len(text) < 2 * _MOST_WORDS:
        return text
    return b" ".join(text.split(b" ", _MOST_WORDS)[:_MOST_WORDS])


def _marked_keys(lines: Bytes) -> U64:
    """Of the rows in two lines each, every line with an end: twice the key, and one more for a pair
    of a reply."""
    stops = np.flatnonzero((lines == _SPACE) | (lines == _LINE_FEED)).astype(np.int32)
    is_end = lines[stops] == _LINE_FEED
    starts = np.concatenate([np.zeros(1, np.int32), stops[:-1] + 1]) if len(stops) else stops
    line = np.cumsum(is_end, dtype=np.int32) - is_end
    is_word = stops > starts
    starts, sizes, line = _pieces(lines, starts[is_word], stops[is_word], line[is_word])
    sums = sums_of(lines, starts, sizes)
    is_pair = line[1:] == line[:-1]
    hashes = carried_on(sums[:-1][is_pair], sums[1:][is_pair], sizes[1:][is_pair])
    of_line = line[1:][is_pair]
    rows = (of_line >> 1).astype(np.uint64) << np.uint64(33)
    return np.asarray(rows | hashes.astype(np.uint64) << _ONE | (of_line & 1).astype(np.uint64))


def _pieces(
    lines: Bytes, starts: Places, stops: Places, line: Places
) -> tuple[Places, Places, Places]:
    """Starts, sizes and lines of words. A stretch of Thai or Chinese has no spaces: threes of its
    characters stand for its words."""
    sizes = stops - starts
    if not (sizes > _LONG_WORD + 1).any() or not (lines >= 0x80).any():
        return starts, sizes, line
    is_begin = (lines & 0xC0) != 0x80  # of a character
    n_before = np.concatenate([np.zeros(1, np.int32), np.cumsum(is_begin, dtype=np.int32)])
    first, n_characters = n_before[starts], n_before[stops] - n_before[starts]
    is_long = (n_characters > _LONG_WORD) & (n_characters < sizes)
    if not is_long.any():
        return starts, sizes, line
    n_pieces = np.where(is_long, np.minimum(n_characters, _MOST_WORDS) - (_PIECE - 1), 1)
    number = np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    is_cut, at = np.repeat(is_long, n_pieces), np.repeat(first, n_pieces) + number
    begins = np.flatnonzero(is_begin).astype(np.int32)
    ends = begins[np.minimum(at + _PIECE, len(begins) - 1)]
    starts = np.where(is_cut, begins[at], np.repeat(starts, n_pieces))
    stops = np.where(is_cut, ends, np.repeat(stops, n_pieces))
    return starts, stops - starts, np.repeat(line, n_pieces)


def _once(keys: U64) -> U64:
    """Equal ones, which are neighbours, once."""
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
