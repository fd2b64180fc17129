"""What the votes say, and how sure one may be of it."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import msgspec

Outcome = Literal["better", "worse", "undecided", "no_votes"]

SIGNIFICANCE = 0.05


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Votes on the second contender (tuned) against the first (base).

    `n_votes` counts every vote; `share` is wins / (wins + losses), None if nobody won a round;
    `low` and `high` bound it (Wilson, 95 %; 0 and 1 without a decided vote); `p_value` is the
    two-sided sign test's; `left_share` is how often the answer in seat A won a decided round
    (None without one): far from one half, the seat was judged and not the answer.
    """

    n_votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    share: float | None
    low: float
    high: float
    p_value: float
    outcome: Outcome
    left_share: float | None


def wilson_interval(wins: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion, without continuity correction; (0, 1) if n is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209–212. It keeps its coverage for
    small n and for shares near 0 and 1, where wins/n ± z·se does not (L. D. Brown, T. T. Cai,
    A. DasGupta, Statistical Science 16 (2001), 101–133).
    Raises ValueError unless 0 <= wins <= n and 0 < confidence < 1.
    """
    if not 0 <= wins <= n or not 0 < confidence < 1:
        raise ValueError(f"no proportion: {wins} of {n} at confidence {confidence}")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, scale = wins / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Exact at the ends, where rounding would leave -1e-17 or 1.0000000000000002.
    low = 0.0 if wins == 0 else centre - half
    high = 1.0 if wins == n else centre + half
    return low, high


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided p-value of the sign test: as lopsided a result, if each side won by coin.

    W. J. Dixon, A. M. Mood, "The statistical sign test", Journal of the American Statistical
    Association 41 (1946), 557–566. Ties are set aside before the call, as they say there.
    Raises ValueError on a negative count.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"counts cannot be negative: {wins}, {losses}")
    n = wins + losses
    tail = term = 1
    for k in range(1, min(wins, losses) + 1):
        term = term * (n - k + 1) // k  # math.comb(n, k), each from the last
        tail += term
    return min(1.0, 2 * tail / (1 << n))


def judge(
    *, wins: int, losses: int, ties: int = 0, both_bad: int = 0, left_picks: int = 0
) -> Verdict:
    """Verdict on counted votes. `left_picks`: decided votes that went to the answer in seat A.

    "better" and "worse" need a sign test below 0.05; ties and both-bad votes are reported but
    say nothing about which is better.
    """
    decided = wins + losses
    low, high = wilson_interval(wins, decided)
    p_value = sign_test(wins, losses)
    n_votes = decided + ties + both_bad
    return Verdict(
        n_votes=n_votes,
        wins=wins,
        losses=losses,
        ties=ties,
        both_bad=both_bad,
        share=wins / decided if decided else None,
        low=low,
        high=high,
        p_value=p_value,
        outcome=_outcome(n_votes, wins, losses, p_value),
        left_share=left_picks / decided if decided else None,
    )


def _outcome(n_votes: int, wins: int, losses: int, p_value: float) -> Outcome:
    if n_votes == 0:
        return "no_votes"
    if p_value >= SIGNIFICANCE:
        return "undecided"
    return "better" if wins > losses else "worse"
