"""Finding, for each row, an earlier one that says nearly the same.

In stages: first by equal texts, then by each band of the sketches. Rows that share a stage's key
are a run; within it the first row leads, and those like it are its followers; the next that
follows nobody leads, too, and so on. What a run comes to hangs only on its rows, their order and
on who followed somebody at an earlier stage: with what was found before, only runs that are
different now are looked at again.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.likeness import Bools, Rows
from tunedesk.core.alike.sketches import N_ENTRIES, entries, may_be_alike, wholes
from tunedesk.core.alike.word_pairs import U64

NOBODY = -1

_BAND = 4  # entries that make a key
_LIKELY = 12  # entries of 16 that must agree before rows are compared exactly
_MOST_EXACT = 3  # leaders that a row is compared with exactly
_PICKED_ROWS = 10_000  # at once: only parts of their records are kept
_MOST_LEADERS = 16  # of a run: keeps a hostile file linear
_BY_TEXT = 1  # the first stage; one for each band comes after it
_STAGES = range(_BY_TEXT, 2 + N_ENTRIES // _BAND)
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15), np.uint64(0xC2B2_AE3D_27D4_EB4F)
_LOW, _HIGH = np.uint64(0x7F7F_7F7F_7F7F_7F7F), np.uint64(0x8080_8080_8080_8080)


class Pairs(NamedTuple):
    """Rows to be compared exactly; `n_done` rows of all are done with."""

    left: Rows
    right: Rows
    n_done: int


class Found(NamedTuple):
    """Of each row the stage (0 for none) at which a partner was found, and that row or NOBODY."""

    stage: npt.NDArray[np.uint8]
    partner: Rows


class Before(NamedTuple):
    """What an earlier search came to, by the rows as they are now.

    Rows that are new, have other texts or stand elsewhere `is_new`, and nothing is known of them.
    `gone` are the records of rows that are there no more, and of those that are new now.
    """

    is_new: Bools
    found: Found
    repeats: Bools
    gone: Rows


def search(
    all_sketches: U64, records: Rows, repeats: Bools, before: Before | None = None
) -> Generator[Pairs, Bools, Found]:
    """Yields pairs that look alike and is sent whether they are; returns what was found.

    `records` says which sketch is each row's; `repeats` are rows known to be the same as another,
    which have no partner. A pair may be missed, with a chance of one in four at a similarity of
    0.8, one in ten at 0.85 and one in thirty at 0.9; none is made up.
    """
    before = before or _nothing(len(records))
    found = Found(before.found.stage.copy(), before.found.partner.copy())
    table, gone = _Table.of(all_sketches, records), _Table.of(all_sketches, before.gone)
    for stage in _STAGES:
        keys = table.keys(stage)
        is_out, was_out = _out(found, repeats, stage), _out(before.found, before.repeats, stage)
        is_dirty = before.is_new | (is_out != was_out)
        rows = _in_other_runs(keys, is_dirty, gone.keys(stage))
        stale = rows[found.stage[rows] == stage]
        found.stage[stale], found.partner[stale] = 0, NOBODY
        if stage == _BY_TEXT:
            run = _Run.of(keys, rows)
            _follow(found, stage, run.rows, run.leaders, ~run.leads & ~is_out[run.rows])
            continue
        run = _Run.of(keys, rows[~is_out[rows]])
        yield from _band(table, run, found, stage, before.found.partner)
    return found


class _Table(NamedTuple):
    """Sketches by record, the rows' records; keys of the rows' texts, their entries, and the lowest
    byte of each entry."""

    sketches: U64
    records: Rows
    wholes: U64
    entries: npt.NDArray[np.uint32]
    quick: U64

    @classmethod
    def of(cls, sketches: U64, records: Rows) -> _Table:
        firsts = range(0, len(records), _PICKED_ROWS) or range(1)
        parts = [sketches[records[first : first + _PICKED_ROWS]] for first in firsts]
        own = np.concatenate([*map(entries, parts)])
        keys = np.concatenate([wholes(part).copy() for part in parts])
        return cls(sketches, records, keys, own, own.astype(np.uint8).view(np.uint64))

    def may_be_alike(self, left: Rows, right: Rows) -> Bools:
        """False only where rows are sure to be unlike."""
        return may_be_alike(self.sketches[self.records[left]], self.sketches[self.records[right]])

    def keys(self, stage: int) -> U64:
        """A key for each row; 0 for rows that have none."""
        if stage == _BY_TEXT:
            return self.wholes
        first = _BAND * (stage - _BY_TEXT - 1)
        band = np.ascontiguousarray(self.entries[:, first : first + _BAND]).view(np.uint64)
        mixed = (band[:, 0] * _MIX[0] ^ band[:, 1]) * _MIX[1]
        mixed ^= mixed >> np.uint64(29)
        return np.where((band != 0).any(axis=1), mixed | (mixed == 0), np.uint64(0))


class _Run(NamedTuple):
    """Rows by run, each with its key and the row that leads it; runs of one row left out."""

    rows: Rows
    keys: U64
    leads: Bools
    leaders: Rows

    @classmethod
    def of(cls, keys: U64, rows: Rows) -> _Run:
        """`rows` ascend; those whose key is 0 belong to no run."""
        own = keys[rows]
        rows, own = rows[own != 0], own[own != 0]
        order = np.argsort(own, kind="stable")
        return cls._of_sorted(rows[order], own[order])

    def without(self, is_gone: Bools) -> _Run:
        return self._of_sorted(self.rows[~is_gone], self.keys[~is_gone])

    @classmethod
    def _of_sorted(cls, rows: Rows, keys: U64) -> _Run:
        is_first = np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]
        is_last = np.concatenate([is_first[1:], [True]])[: len(keys)]
        is_shared = ~(is_first & is_last)
        rows, keys, is_first = rows[is_shared], keys[is_shared], is_first[is_shared]
        return cls(rows, keys, is_first, rows[is_first][np.cumsum(is_first) - 1])


def _band(
    table: _Table, run: _Run, found: Found, stage: int, believed: Rows
) -> Generator[Pairs, Bools, None]:
    """Each round one leader of each run; `believed` are partners of an earlier search."""
    n_rows, n_at_first = len(table.records), len(run.rows)
    n_tried = np.zeros(n_rows, np.uint8)
    for _ in range(_MOST_LEADERS):
        if not len(run.rows):
            return
        left, right = run.rows[~run.leads], run.leaders[~run.leads]
        is_likely = n_tried[left] < _MOST_EXACT
        is_likely[is_likely] = _agree(table, left[is_likely], right[is_likely])
        n_tried[left[is_likely]] += 1
        are_alike = is_likely & (believed[left] == right)
        is_asked = is_likely & ~are_alike
        is_asked[is_asked] = table.may_be_alike(left[is_asked], right[is_asked])
        n_done = n_rows * (stage - len(run.rows) / n_at_first) / len(_STAGES)
        are_alike[is_asked] = yield Pairs(left[is_asked], right[is_asked], int(n_done))
        follows = np.zeros(len(run.rows), np.bool_)
        follows[~run.leads] = are_alike
        _follow(found, stage, run.rows, run.leaders, follows)
        run = run.without(run.leads | follows)


def _agree(table: _Table, left: Rows, right: Rows) -> Bools:
    """Whether two rows' sketches agree in enough entries; by the lowest byte of each at first."""
    other = table.quick[left] ^ table.quick[right]
    differs = (((other & _LOW) + _LOW) | other) & _HIGH
    is_likely: Bools = np.bitwise_count(differs).sum(axis=1) <= N_ENTRIES - _LIKELY
    equal = table.entries[left[is_likely]] == table.entries[right[is_likely]]
    is_likely[is_likely] = equal.sum(axis=1) >= _LIKELY
    return is_likely


def _follow(found: Found, stage: int, rows: Rows, leaders: Rows, follows: Bools) -> None:
    found.stage[rows[follows]] = stage
    found.partner[rows[follows]] = leaders[follows]


def _out(found: Found, repeats: Bools, stage: int) -> Bools:
    """Rows that take no part in a stage: they have been found at an earlier one."""
    return repeats | ((found.stage > 0) & (found.stage < stage))


def _in_other_runs(keys: U64, is_dirty: Bools, gone: U64) -> Rows:
    """Rows of runs that are not what they were, ascending."""
    if is_dirty.all():
        return np.arange(len(keys), dtype=np.int32)
    of_other = np.unique(np.concatenate([keys[is_dirty], gone]))
    return np.flatnonzero(np.isin(keys, of_other)).astype(np.int32)


def _nothing(n_rows: int) -> Before:
    found = Found(np.zeros(n_rows, np.uint8), np.full(n_rows, NOBODY, np.int32))
    nothing = np.zeros(0, np.int32)
    return Before(np.ones(n_rows, np.bool_), found, np.zeros(n_rows, np.bool_), nothing)
