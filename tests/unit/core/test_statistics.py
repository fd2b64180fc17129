"""Intervals and tests against published and hand-computed values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core.statistics import judge, sign_test, wilson_interval


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # By hand: (p + z²/2n ± z·sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n), z = 1.95996.
        (10, 20, 0.2993, 0.7007),
        (20, 20, 0.8389, 1.0),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilson_interval(wins: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(wins, n) == (
        pytest.approx(low, abs=6e-5),
        pytest.approx(high, abs=6e-5),
    )


def test_wilson_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("wins", "n", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (1, 2, 1.0)])
def test_wilson_interval_refuses_what_is_no_proportion(
    wins: int, n: int, confidence: float
) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson_interval(wins, n, confidence)


@given(st.integers(0, 300), st.integers(0, 300))
def test_wilson_interval_holds_the_share_and_mirrors(wins: int, losses: int) -> None:
    low, high = wilson_interval(wins, wins + losses)
    mirrored = wilson_interval(losses, wins + losses)
    assert 0 <= low <= high <= 1
    assert (1 - high, 1 - low) == (pytest.approx(mirrored[0]), pytest.approx(mirrored[1]))
    if wins + losses:
        assert low <= wins / (wins + losses) <= high


@pytest.mark.parametrize(
    ("wins", "losses", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 2**5),
        (6, 0, 2 / 2**6),
        (0, 6, 2 / 2**6),
        (8, 1, 2 * (1 + 9) / 2**9),
        (9, 1, 2 * (1 + 10) / 2**10),
        (8, 2, 2 * (1 + 10 + 45) / 2**10),
        (10, 10, 1.0),
        (15, 5, 2 * (1 + 20 + 190 + 1140 + 4845 + 15504) / 2**20),
    ],
)
def test_sign_test(wins: int, losses: int, p_value: float) -> None:
    assert sign_test(wins, losses) == pytest.approx(p_value, rel=1e-12)


@given(st.integers(0, 80), st.integers(0, 80))
def test_sign_test_is_the_binomial_tail(wins: int, losses: int) -> None:
    n = wins + losses
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    assert sign_test(wins, losses) == pytest.approx(min(1.0, 2 * tail / 2**n))


def test_sign_test_of_many_votes_neither_overflows_nor_refuses_zero() -> None:
    assert sign_test(3_000, 1_000) < 1e-200
    with pytest.raises(ValueError, match="negative"):
        sign_test(-1, 2)


def test_no_votes() -> None:
    verdict = judge(wins=0, losses=0)
    assert (verdict.outcome, verdict.n_votes, verdict.share) == ("no_votes", 0, None)
    assert (verdict.low, verdict.high, verdict.left_share) == (0.0, 1.0, None)


def test_ties_are_set_aside_but_reported() -> None:
    with_ties = judge(wins=6, losses=0, ties=10, both_bad=4, left_picks=3)
    without = judge(wins=6, losses=0, left_picks=3)
    assert (with_ties.n_votes, with_ties.ties, with_ties.both_bad) == (20, 10, 4)
    assert (with_ties.p_value, with_ties.share) == (without.p_value, 1.0)
    assert (with_ties.low, with_ties.left_share) == (without.low, 0.5)


def test_nothing_but_ties_is_undecided() -> None:
    verdict = judge(wins=0, losses=0, ties=5)
    assert (verdict.outcome, verdict.share, verdict.p_value) == ("undecided", None, 1.0)


@pytest.mark.parametrize(
    ("wins", "losses", "outcome"),
    [
        (5, 0, "undecided"),
        (6, 0, "better"),
        (0, 6, "worse"),
        (8, 2, "undecided"),
        (9, 1, "better"),
        (1, 9, "worse"),
        (1, 0, "undecided"),
    ],
)
def test_outcome(wins: int, losses: int, outcome: str) -> None:
    assert judge(wins=wins, losses=losses).outcome == outcome
