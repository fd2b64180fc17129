"""How many more votes it would take, if the rest go as those so far."""

from __future__ import annotations

import math

from tunedesk.core.statistics.proportions import SIGNIFICANCE, score_interval, sign_test

MOST_VOTES = 2_000
POWER = 0.8


def votes_to_decide(wins: int, losses: int, power: float = POWER) -> int | None:
    """About the fewest further decided votes after which the sign test falls below 0.05 with this
    chance, if each goes to the leader with the share seen so far.

    Exact: the wins among N further votes are binomial, and those already given are kept (the
    conditional power of J. M. Lachin, Statistics in Medicine 24 (2005), 2747–2764, for the
    sign test). The share so far is itself uncertain, so it is an "about". 0 if it is decided; None
    at a draw, and where MOST_VOTES would not do. It plans, it is no rule for stopping: looking
    after each vote and stopping at the first p below 0.05 finds a difference too often where
    there is none (P. Armitage, C. K. McPherson, B. C. Rowe, Journal of the Royal Statistical
    Society A 132 (1969), 235–244). Raises ValueError unless 0 < power < 1.
    """
    if not 0 < power < 1:
        raise ValueError(f"no chance: {power}")
    if sign_test(wins, losses) < SIGNIFICANCE:
        return 0
    ahead, n = max(wins, losses), wins + losses
    if 2 * ahead == n:
        return None
    share = ahead / n
    if _chance(ahead, n, MOST_VOTES, share) < power:
        return None
    # The chance grows with small teeth, since the test moves in whole votes: halving finds a place
    # where it is enough and one vote less is not, which may not be the very first.
    low, high = 0, MOST_VOTES
    while high - low > 1:
        middle = (low + high) // 2
        if _chance(ahead, n, middle, share) >= power:
            high = middle
        else:
            low = middle
    return high


def votes_to_narrow(wins: int, losses: int, half_width: float) -> int | None:
    """Fewest further decided votes after which Wilson's interval is at most so wide to each
    side, if the share stays. None where MOST_VOTES would not do.

    The width is that of `wilson_interval`, solved for n by trying. Raises ValueError unless
    0 < half_width < 0.5.
    """
    if not 0 < half_width < 0.5:
        raise ValueError(f"no half width of an interval: {half_width}")
    n = wins + losses
    if n == 0:
        return None
    low, high = 0, MOST_VOTES
    if score_interval(wins / n, n + high)[1] > half_width:
        return None
    while low < high:
        middle = (low + high) // 2
        if score_interval(wins / n, n + middle)[1] <= half_width:
            high = middle
        else:
            low = middle + 1
    return low


def _chance(ahead: int, n: int, more: int, share: float) -> float:
    """That the leader, `ahead` in n votes, is ahead beyond chance after `more` votes."""
    needed = max(0, _critical(n + more) - ahead)
    if needed > more:
        return 0.0
    if share == 1.0:
        return 1.0
    return math.fsum(_binomial(k, more, share) for k in range(needed, more + 1))


def _critical(n: int) -> int:
    """Fewest wins of n at which the sign test is below 0.05; n + 1 where none is."""
    low, high = n // 2, n + 1
    while low < high:
        middle = (low + high) // 2
        if 2 * middle > n and sign_test(middle, n - middle) < SIGNIFICANCE:
            high = middle
        else:
            low = middle + 1
    return low


def _binomial(k: int, n: int, share: float) -> float:
    chosen = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(chosen + k * math.log(share) + (n - k) * math.log1p(-share))
