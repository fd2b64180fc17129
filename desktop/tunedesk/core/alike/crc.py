"""CRC-32 of many short pieces of a text at once: the same numbers as `zlib.crc32`.

Without its start and end values the sum is linear: each byte has its share, by its distance from
the end, and the shares are added without carry. A sum is carried on over n bytes by a table.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int32]

_MOST = 48  # bytes of a piece that is done with others at once
_PART_BYTES = 12_000


class _Tables(NamedTuple):
    """Shares by distance and byte; sums of so many zeros; and what becomes of a sum's four bytes
    over so many bytes more."""

    shares: U32
    zeros: U32
    on: U32


def sums_of(text: Bytes, starts: Places, sizes: Places) -> U32:
    """crc32 of pieces of a text, none of them empty."""
    is_short = sizes <= _MOST
    if is_short.all():
        return _short_sums(text, starts, sizes)
    found = np.empty(len(sizes), np.uint32)
    found[is_short] = _short_sums(text, starts[is_short], sizes[is_short])
    for at in np.flatnonzero(~is_short).tolist():
        found[at] = crc32(text[starts[at] : int(starts[at]) + int(sizes[at])].tobytes())
    return found


def carried_on(first: U32, second: U32, sizes: Places) -> U32:
    """crc32 of two pieces as one, from the sums of both and the second one's size."""
    is_long = sizes > _MOST
    carried = _carried(first, np.where(is_long, 0, sizes), _tables().on)
    for at in np.flatnonzero(is_long).tolist():  # one by one: a word may be megabytes
        zeros = bytes(int(sizes[at]))
        carried[at] = crc32(zeros, int(first[at])) ^ crc32(zeros)
    return carried ^ second


def _short_sums(text: Bytes, starts: Places, sizes: Places) -> U32:
    """A few thousand bytes at a time: larger columns would be new memory at every step."""
    if not len(sizes):
        return np.zeros(0, np.uint32)
    stops = np.cumsum(sizes, dtype=np.int64)
    n_parts = int(stops[-1]) // _PART_BYTES + 1
    cuts = np.searchsorted(stops, np.arange(1, n_parts) * _PART_BYTES).tolist()
    parts = [slice(*cut) for cut in pairwise([0, *cuts, len(sizes)]) if cut[0] < cut[1]]
    found = [_part_sums(text, starts[part], sizes[part]) for part in parts]
    return np.concatenate(found) ^ _tables().zeros[sizes]


def _part_sums(text: Bytes, starts: Places, sizes: Places) -> U32:
    stops = np.cumsum(sizes, dtype=np.int32)
    begins = stops - sizes
    order = np.arange(stops[-1], dtype=np.int32)
    places = np.repeat((stops - 1) << 8, sizes)
    places -= order << 8
    order += np.repeat(starts - begins, sizes)
    places |= text.take(order, mode="clip")
    shares = _tables().shares.take(places, mode="clip")  # no place is looked at twice
    return np.bitwise_xor.reduceat(shares, begins)


def _carried(sums: U32, sizes: Places, on: U32) -> U32:
    found = np.zeros(len(sums), np.uint32)
    for byte in range(4):
        found ^= on[(sizes << 10) | (byte << 8) | (sums >> np.uint32(8 * byte) & np.uint32(0xFF))]
    return found


@cache
def _tables() -> _Tables:
    zeros = [crc32(bytes(n)) for n in range(_MOST + 1)]
    shares = [
        [crc32(bytes([byte]) + bytes(n)) ^ zeros[n + 1] for byte in range(256)]
        for n in range(_MOST)
    ]
    on = [
        [[_carry(byte << 8 * at, n, zeros) for byte in range(256)] for at in range(4)]
        for n in range(_MOST + 1)
    ]
    flat = [np.array(table, np.uint32).ravel() for table in (shares, zeros, on)]
    return _Tables(*flat)


def _carry(value: int, n_bytes: int, zeros: list[int]) -> int:
    return crc32(bytes(n_bytes), value) ^ zeros[n_bytes]
