"""Groups of rows that must not be on both sides of a split, and those that are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.likeness import Rows
from tunedesk.core.alike.search import NOBODY
from tunedesk.core.alike.word_pairs import U64

NO_GROUP = -1


class Leaks(NamedTuple):
    """Rows on the test side, ascending, and for each the first row on the train side that is its
    kin."""

    rows: Rows
    taught: Rows


def groups_of(prompts: U64, partner: Rows) -> Rows:
    """Of each row the first row of its group, NO_GROUP for rows alone: of those that ask the same,
    apart from how it is written, or are near-duplicates. `prompts` has their keys, 0 for none."""
    order = np.argsort(prompts, kind="stable").astype(np.int32)
    is_next = (prompts[order[1:]] == prompts[order[:-1]]) & (prompts[order[1:]] != 0)
    near = np.flatnonzero(partner != NOBODY).astype(np.int32)
    one = np.concatenate([near, order[1:][is_next]])
    other = np.concatenate([partner[near], order[:-1][is_next]])
    groups = np.full(len(prompts), NO_GROUP, np.int32)
    members, places = np.unique(np.concatenate([one, other]), return_inverse=True)
    groups[members] = members[_roots(places[: len(one)], places[len(one) :], len(members))]
    return groups


def leaks(sides: npt.NDArray[np.uint8], groups: Rows, train: int, test: int) -> Leaks:
    """`sides` holds a number for each row; `train` and `test` are the numbers of these sides."""
    nowhere = len(groups)
    first = np.full(nowhere, nowhere, np.int32)
    members = np.flatnonzero(groups != NO_GROUP).astype(np.int32)
    taught = members[sides[members] == train][::-1]
    first[groups[taught]] = taught  # the last one stays, which is the first row
    tested = members[sides[members] == test]
    found = first[groups[tested]]
    is_leak = found < nowhere
    return Leaks(tested[is_leak], found[is_leak])


def _roots(
    one: npt.NDArray[np.intp], other: npt.NDArray[np.intp], n_members: int
) -> npt.NDArray[np.intp]:
    """The lowest member that one comes to from each along the edges."""
    roots = np.arange(n_members)
    while True:
        lowest = np.minimum(roots[one], roots[other])
        lower = roots.copy()
        np.minimum.at(lower, roots[one], lowest)
        np.minimum.at(lower, roots[other], lowest)
        while not np.array_equal(lower, further := lower[lower]):
            lower = further
        if np.array_equal(lower, roots):
            return roots
        roots = lower
