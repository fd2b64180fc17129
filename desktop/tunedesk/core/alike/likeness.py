"""Whether two rows say nearly the same: by all their word pairs, of many rows at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.plain_bytes import plain_bytes
from tunedesk.core.alike.sketches import NO_PAIRS, counts_of
from tunedesk.core.alike.word_pairs import U64, RowPairs, row_pairs

SIMILARITY = 0.8
"""Shared word pairs, of all that either row has, from which on rows are nearly the same."""
REPLY_SIMILARITY = 0.5
"""The same for replies: long prompts alone do not make rows alike."""

_COMMON_SHARE = 0.5
_LEAST_SAMPLE = 50

Rows = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class CommonPairs:
    """Word pairs in more than half of a sample of rows: the file's own template.

    Rows that share long instructions and little else are not nearly the same. A sample of fewer
    than 50 rows tells nothing.
    """

    def __init__(self) -> None:
        self._pairs: list[npt.NDArray[np.uint32]] = []

    def add(self, prompts: Sequence[str], replies: Sequence[str]) -> None:
        """The next rows of the sample."""
        for at in range(len(prompts)):
            pairs = _pairs_of(prompts[at : at + 1], replies[at : at + 1], NO_PAIRS)
            self._pairs.append(pairs.whole.astype(np.uint32))

    def found(self) -> U64:
        """Ascending."""
        if len(self._pairs) < _LEAST_SAMPLE:
            return NO_PAIRS
        found, n_rows = np.unique(np.concatenate(self._pairs), return_counts=True)
        is_common = n_rows > len(self._pairs) * _COMMON_SHARE
        return np.asarray(found[is_common], np.uint64)


def are_alike(
    prompts: Sequence[str], replies: Sequence[str], common: U64, left: Rows, right: Rows
) -> Bools:
    """Of each pair of rows, by their places: whether they are nearly the same as a whole, and not
    too different in the reply."""
    pairs = _pairs_of(prompts, replies, common)
    n_rows = len(prompts)
    whole, reply = (_Shares(column, n_rows, left, right) for column in pairs)
    is_reply_alike = reply.are_equal | (reply.similarity >= REPLY_SIMILARITY)
    return np.asarray((whole.similarity >= SIMILARITY) & is_reply_alike)


class _Shares:
    def __init__(self, column: U64, n_rows: int, left: Rows, right: Rows) -> None:
        counts = counts_of(column, n_rows)
        hashes = column & np.uint64(0xFFFF_FFFF)
        both = np.sort(np.concatenate([_of(hashes, counts, rows) for rows in (left, right)]))
        twice = (both[1:][both[1:] == both[:-1]] >> np.uint64(32)).astype(np.int64)
        n_shared = np.bincount(twice, minlength=len(left))
        n_all = counts[left] + counts[right] - n_shared
        self.similarity = n_shared / np.maximum(n_all, 1)
        self.are_equal: Bools = n_shared == n_all


def _of(hashes: U64, counts: npt.NDArray[np.int64], rows: Rows) -> U64:
    """The hashes of some rows, one row after another, with its place above."""
    n_hashes = counts[rows]
    begins = (np.cumsum(counts) - counts)[rows]
    places = np.arange(n_hashes.sum()) + np.repeat(
        begins - np.cumsum(n_hashes) + n_hashes, n_hashes
    )
    numbers = np.repeat(np.arange(len(rows), dtype=np.uint64), n_hashes)
    return np.asarray(numbers << np.uint64(32) | hashes[places])


def _pairs_of(prompts: Sequence[str], replies: Sequence[str], common: U64) -> RowPairs:
    plain = plain_bytes([*prompts, *replies])
    return row_pairs(plain[: len(prompts)], plain[len(prompts) :], common)
