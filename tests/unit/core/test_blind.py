"""Neither the seat nor the speed tells who answers."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core.blind import first_seat, other_seat, shown_length


def test_seats_are_fixed_by_seed_and_round() -> None:
    seats = "".join(first_seat(42, i) for i in range(12))
    assert seats == "".join(first_seat(42, i) for i in range(12))
    assert seats != "".join(first_seat(43, i) for i in range(12))


def test_seats_are_even_within_chance() -> None:
    for seed in range(20):
        lefts = sum(first_seat(seed, i) == "A" for i in range(1_000))
        assert abs(lefts - 500) < 4.5 * math.sqrt(250)


def test_one_round_does_not_tell_the_next() -> None:
    seats = [first_seat(7, i) for i in range(2_001)]
    changes = sum(a != b for a, b in pairwise(seats))
    assert abs(changes - 1_000) < 4.5 * math.sqrt(500)


def test_the_other_seat() -> None:
    assert (other_seat("A"), other_seat("B")) == ("B", "A")


def test_the_slower_one_sets_the_pace() -> None:
    assert shown_length((100, 30), (False, False)) == 30
    assert shown_length((100, 30), (True, False)) == 30
    assert shown_length((20, 300), (True, False)) == 300
    assert shown_length((20, 300), (True, True)) == 300
    assert shown_length((0, 300), (False, True)) == 0


LENGTHS = st.lists(st.integers(0, 50), max_size=12)


@given(LENGTHS, LENGTHS)
def test_what_is_shown_never_shrinks_and_ends_whole(first: list[int], second: list[int]) -> None:
    """Both answers grow by their pieces, one piece a tick, until each is done."""
    shown = 0
    for tick in range(max(len(first), len(second)) + 1):
        lengths = sum(first[:tick]), sum(second[:tick])
        done = tick >= len(first), tick >= len(second)
        now = shown_length(lengths, done)
        visible = [min(length, now) for length in lengths]
        assert now >= shown
        if not any(done):
            assert visible[0] == visible[1]
        shown = now
    assert shown == max(sum(first), sum(second))
