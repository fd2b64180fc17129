"""Reasons, rater, more votes and several models: what the numbers must obey."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunedesk.core.statistics import (
    consistency,
    grouped,
    holm,
    judge,
    length_effect,
    seat_bias,
    sign_test,
    votes_to_decide,
    votes_to_narrow,
    wilson_interval,
)
from tunedesk.core.statistics.bradley_terry import Match, standings, strengths


def test_a_tie_is_half_a_point_beside_and_nothing_in_the_test() -> None:
    verdict = judge(wins=24, losses=10, ties=3, both_bad=1)
    assert verdict.share == pytest.approx(24 / 34)
    assert verdict.half_point_share == pytest.approx(26 / 38)
    assert judge(wins=0, losses=0).half_point_share is None


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_better_and_worse_never_have_one_half_in_their_interval(wins: int, losses: int) -> None:
    verdict = judge(wins=wins, losses=losses)
    if verdict.outcome == "better":
        assert verdict.low > 0.5
    if verdict.outcome == "worse":
        assert verdict.high < 0.5


def test_many_comparisons_make_a_line_less_sure() -> None:
    alone = grouped([("tone", 9, 1, 0)])
    among = grouped(
        [("tone", 9, 1, 0), ("length", 5, 4, 3), ("format", 1, 2, 0), ("none", 0, 0, 2)]
    )
    assert [group.name for group in among] == ["length", "tone", "format", "none"]
    tone = among[1]
    assert alone[0].is_clear
    assert tone.share.p_value == alone[0].share.p_value == sign_test(9, 1)
    assert tone.adjusted_p == pytest.approx(3 * sign_test(9, 1))  # the empty line is no test
    assert not tone.is_clear
    assert among[3].share.value is None


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=9))
def test_holm_never_makes_surer_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= new <= 1 for p, new in zip(p_values, adjusted, strict=True))
    by_p = sorted(zip(p_values, adjusted, strict=True))
    assert [new for _, new in by_p] == sorted(adjusted)


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="p-value"):
        holm([0.1, 1.2])


def test_length_is_told_from_the_model() -> None:
    """The tuned model is always the longer here and wins as often as not: no preference."""
    votes = [(200, 100, True)] * 5 + [(200, 100, False)] * 5 + [(100, 100, True)] * 3
    effect = length_effect(votes)
    assert (effect.longer_won.hits, effect.longer_won.n) == (5, 10)
    assert (effect.when_longer.value, effect.when_shorter.value) == (0.5, None)
    mixed = length_effect([(2, 1, True)] * 8 + [(1, 2, False)] * 8)
    assert mixed.longer_won.is_lopsided
    assert (mixed.when_longer.value, mixed.when_shorter.value) == (1.0, 0.0)


def test_a_seat_is_judged_by_the_same_test() -> None:
    assert seat_bias(18, 20).p_value == sign_test(18, 2)
    assert seat_bias(18, 20).is_lopsided
    assert not seat_bias(11, 20).is_lopsided


def test_a_rater_who_keeps_the_side_is_found_out() -> None:
    repeats = [("tuned", "tuned", False)] * 6 + [("tuned", "base", True)] * 3
    found = consistency([*repeats, ("tie", "tuned", False)])
    assert (found.agreed.hits, found.agreed.n) == (6, 10)
    assert (found.n_turned, found.n_same_seat) == (3, 3)
    nobody = consistency([])
    assert (nobody.agreed.value, nobody.kappa) == (None, None)


@pytest.mark.parametrize(
    ("wins", "losses", "more"),
    [
        (6, 0, 0),  # decided
        (10, 10, None),  # a draw says nothing about how the rest goes
        (501, 500, None),  # so close that no number of votes that one would give is enough
        (0, 0, None),
        (5, 0, 1),
        (0, 5, 1),
    ],
)
def test_more_votes(wins: int, losses: int, more: int | None) -> None:
    assert votes_to_decide(wins, losses) == more
    assert votes_to_decide(losses, wins) == more


@pytest.mark.parametrize("half_points", [4, 8, 12, 20])
def test_so_many_more_votes_do_narrow(half_points: int) -> None:
    """Two to one: with three votes more the share can stay, and its interval is asked for."""
    wins, losses, half = 20, 10, half_points / 100
    more = votes_to_narrow(wins, losses, half)
    assert more is not None
    widths = []
    for n in range(30, 900, 3):
        low, high = wilson_interval(2 * n // 3, n)
        if (high - low) / 2 <= half:
            widths.append(n - 30)
    assert widths[0] - 3 < more <= widths[0]


def test_no_number_of_votes_narrows_nothing() -> None:
    assert votes_to_narrow(0, 0, 0.1) is None
    assert votes_to_narrow(5, 5, 0.001) is None
    with pytest.raises(ValueError, match="half width"):
        votes_to_narrow(5, 5, 0.5)
    with pytest.raises(ValueError, match="no chance"):
        votes_to_decide(5, 4, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=4, max_size=4))
def test_strengths_solve_their_equation(rows: list[list[int]]) -> None:
    """Each model won as often as its strength expects: the gradient of the likelihood is 0."""
    wins = [[0 if i == j else n for j, n in enumerate(row)] for i, row in enumerate(rows)]
    found = strengths(wins)
    assert sum(found) == pytest.approx(0, abs=1e-9)
    # The one that each also half beats has strength 0 before they are centred.
    shift = _shift(found)
    for i, own in enumerate(found):
        games = ((wins[i][j] + wins[j][i], other) for j, other in enumerate(found) if j != i)
        expected = sum(n / (1 + math.exp(other - own)) for n, other in games)
        expected += 1 / (1 + math.exp(-(own + shift)))
        assert sum(wins[i]) + 0.5 == pytest.approx(expected, abs=1e-6)


def _shift(found: list[float]) -> float:
    """By how much strengths were centred: all half wins together are as many as expected."""
    low, high = -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        if sum(1 / (1 + math.exp(-(own + middle))) for own in found) < len(found) / 2:
            low = middle
        else:
            high = middle
    return low


def test_two_models_without_a_prior_are_as_their_wins() -> None:
    strong, weak = strengths([[0, 3], [1, 0]], prior_games=0)
    assert strong - weak == pytest.approx(math.log(3), rel=1e-9)


def test_without_a_prior_an_unbeaten_model_is_refused() -> None:
    with pytest.raises(ValueError, match="never lost"):
        strengths([[0, 3, 1], [0, 0, 2], [0, 2, 0]], prior_games=0)
    with pytest.raises(ValueError, match="square"):
        strengths([[0, 1]])


def _matches() -> list[Match]:
    beats = [(0, 1, 1.0)] * 12 + [(0, 1, 0.0)] * 3 + [(1, 2, 1.0)] * 9 + [(1, 2, 0.5)] * 4
    return [*beats, *[(2, 0, 0.0)] * 6]


def test_standings_have_intervals_that_the_seed_repeats() -> None:
    found = standings(_matches(), 3, seed=7)
    assert [standing.model for standing in found] == [0, 1, 2]
    assert [standing.n_votes for standing in found] == [21, 28, 19]
    for standing in found:
        assert 0 <= standing.low <= standing.chance <= standing.high <= 1
    assert standings(_matches(), 3, seed=7) == found
    assert standings(_matches(), 3, seed=8) != found


def test_standings_of_no_votes_are_all_equal() -> None:
    assert {standing.chance for standing in standings([], 3, seed=1)} == {0.5}
