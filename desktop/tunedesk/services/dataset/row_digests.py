"""Two versions of a dataset by the digests of their rows: which went, which came."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import NamedTuple

Tell = Callable[[int], object]
"""Told how many rows were gone through; it may raise to stop."""

Pairs = list[tuple[int | None, int | None]]


class Matched(NamedTuple):
    """How many rows went and came, how many came for one that went, and the
    first of all of them by what replaced what."""

    n_gone: int
    n_come: int
    n_changed: int
    pairs: Pairs


_EXACT_ROWS = 3_000
_PART = 20_000


def matched(before: array[int], after: array[int], most: int, tell: Tell) -> Matched:
    """Equal digests are matched whatever their place; at most so many pairs are given."""
    first, n_last = _same_around(before, after)
    b_stop, a_stop = len(before) - n_last, len(after) - n_last
    old, new = before[first:b_stop], after[first:a_stop]
    gone, come = _only(old, new, tell), _only(new, old, tell)
    if len(gone) + len(come) <= _EXACT_ROWS and len(old) + len(new) <= 20 * _EXACT_ROWS:
        pairs = _by_stretch(old, new, gone, come)
        n_changed = sum(b is not None and a is not None for b, a in pairs)
    else:
        n_changed, pairs = _by_rows_before(gone, come, most, tell)
    shifted = [(_plus(b, first), _plus(a, first)) for b, a in pairs[:most]]
    return Matched(len(gone), len(come), n_changed, shifted)


def _same_around(before: array[int], after: array[int]) -> tuple[int, int]:
    """How many rows are the same at the beginning, and how many at the end."""
    n_both = min(len(before), len(after))
    first = 0
    while first < n_both and before[first : first + _PART] == after[first : first + _PART]:
        first += _PART
    first = min(first, n_both)
    while first < n_both and before[first] == after[first]:
        first += 1
    last = 0
    while last < n_both - first and before[-1 - last] == after[-1 - last]:
        last += 1
    return first, last


def _only(rows: array[int], others: array[int], tell: Tell) -> array[int]:
    """Places of rows that the others have less often."""
    spare: Counter[int] = Counter()
    for at in range(0, len(others), _PART):
        spare.update(others[at : at + _PART])
        tell(0)
    found = array("q")
    for at, digest in enumerate(rows):
        if spare[digest] > 0:
            spare[digest] -= 1
        else:
            found.append(at)
        if at % _PART == 0:
            tell(0)
    return found


def _by_stretch(old: array[int], new: array[int], gone: array[int], come: array[int]) -> Pairs:
    """Rows that went with the rows that came instead: those at the same stretch of the file."""
    pairs: Pairs = []
    lost, found = set(gone), set(come)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, b0, b1, a0, a1 in matcher.get_opcodes():
        ours = [i for i in range(b0, b1) if i in lost]
        theirs = [i for i in range(a0, a1) if i in found]
        pairs += _in_turn(ours, theirs)
    return pairs


def _in_turn(gone: list[int], come: list[int]) -> Pairs:
    n_both = min(len(gone), len(come))
    both: Pairs = list(zip(gone[:n_both], come[:n_both], strict=True))
    return [*both, *((i, None) for i in gone[n_both:]), *((None, i) for i in come[n_both:])]


def _by_rows_before(gone: array[int], come: array[int], most: int, tell: Tell) -> tuple[int, Pairs]:
    """In one pass: a row replaces another where as many rows that stayed are before both."""
    pairs: Pairs = []
    n_changed = b = a = 0
    while b < len(gone) or a < len(come):
        if (b + a) % _PART == 0:
            tell(0)
        if b == len(gone) or a == len(come):
            lead = 1 if b == len(gone) else -1
        else:
            lead = (gone[b] - b) - (come[a] - a)
        pair = (gone[b] if lead <= 0 else None, come[a] if lead >= 0 else None)
        if len(pairs) < most:
            pairs.append(pair)
        n_changed += lead == 0
        b, a = b + (lead <= 0), a + (lead >= 0)
    return n_changed, pairs


def _plus(place: int | None, more: int) -> int | None:
    return None if place is None else place + more
