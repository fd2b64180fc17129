"""Runs of rows, also where blocks of the search meet."""

from __future__ import annotations

import random
from array import array
from itertools import pairwise

import pytest

from tunedesk.store.row_runs import runs


@pytest.mark.parametrize("n_breaks", [0, 1, 40, 20_000])
def test_runs_are_the_longest_there_are(n_breaks: int) -> None:
    chance = random.Random(n_breaks)
    order = array("i", range(30_000))
    for _ in range(n_breaks):
        at = chance.randrange(len(order))
        order.insert(chance.randrange(len(order)), order.pop(at))
    found = list(runs(order))
    assert [row for first, stop in found for row in order[first:stop]] == list(order)
    for first, stop in found:
        assert list(order[first:stop]) == list(range(order[first], order[first] + stop - first))
    assert all(order[a[1] - 1] + 1 != order[b[0]] for a, b in pairwise(found))


def test_no_rows_have_no_runs() -> None:
    assert list(runs(array("i"))) == []
