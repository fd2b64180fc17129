"""How often out of how many: the interval of a share, and whether it could be a coin's."""

from __future__ import annotations

import math
from statistics import NormalDist

import msgspec

SIGNIFICANCE = 0.05
"""Below this p a difference is called one; 1 - this is the confidence of every interval."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """`hits` of `n`. `value` is None if n is 0; `low` and `high` are Wilson's, 95 %;
    `p_value` is the two-sided sign test's against one half."""

    hits: int
    n: int
    value: float | None
    low: float
    high: float
    p_value: float

    @property
    def is_lopsided(self) -> bool:
        """Whether chance alone would hardly make it differ so much from one half."""
        return self.p_value < SIGNIFICANCE


def share_of(hits: int, n: int) -> Share:
    """The share with all that is known of it. Raises ValueError unless 0 <= hits <= n."""
    low, high = wilson_interval(hits, n)
    return Share(
        hits=hits,
        n=n,
        value=hits / n if n else None,
        low=low,
        high=high,
        p_value=sign_test(hits, n - hits),
    )


def wilson_interval(wins: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion, without continuity correction; (0, 1) if n is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209–212. It keeps its coverage for
    small n and for shares near 0 and 1, where wins/n ± z·se does not (L. D. Brown, T. T. Cai,
    A. DasGupta, Statistical Science 16 (2001), 101–133; `make bench` prints both).
    Raises ValueError unless 0 <= wins <= n and 0 < confidence < 1.
    """
    if not 0 <= wins <= n or not 0 < confidence < 1:
        raise ValueError(f"no proportion: {wins} of {n} at confidence {confidence}")
    if n == 0:
        return 0.0, 1.0
    centre, half = score_interval(wins / n, n, confidence)
    # Exact at the ends, where rounding would leave -1e-17 or 1.0000000000000002.
    low = 0.0 if wins == 0 else centre - half
    high = 1.0 if wins == n else centre + half
    return low, high


def score_interval(share: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Middle and half width of Wilson's interval, of a share that need not be a whole number of
    n > 0."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return centre, half


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
