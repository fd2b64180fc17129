"""What ratings of one model alone say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tunedesk.core.statistics.proportions import Share, share_of

SCALE = (1, 2, 3, 4, 5)
N_DRAWS = 10_000


class RatingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`counts`: how often each of 1 to 5 was given. `mean` with its 95 % interval, None where
    nothing was rated so. `passes`: of those judged pass or fail, None where none was."""

    counts: tuple[int, ...]
    mean: float | None
    low: float | None
    high: float | None
    passes: Share | None

    @property
    def n_stars(self) -> int:
        """How many were rated from 1 to 5."""
        return sum(self.counts)


def rating_summary(stars: Sequence[int], passed: Sequence[bool], seed: int = 0) -> RatingSummary:
    """The interval of the mean: how often each of 1 to 5 would be given in the long run is drawn
    10,000 times from what the ratings and Perks' prior (one fifth of a rating on each) say, and the
    middle 95 % of the means taken (W. Perks, Journal of the Institute of Actuaries 73 (1947),
    285–334). It holds the true mean in 86–100 % of cases from one rating on, and in 91–96 % from 10
    on, where resampling does in 0–97 %: a few equal ratings would leave it no width at all. Passes
    have a Wilson interval.

    Raises ValueError for a rating outside of 1 to 5.
    """
    if any(one not in SCALE for one in stars):
        raise ValueError("a rating is a whole number from 1 to 5")
    low, high = _interval(stars, seed) if stars else (None, None)
    return RatingSummary(
        counts=tuple(list(stars).count(one) for one in SCALE),
        mean=sum(stars) / len(stars) if stars else None,
        low=low,
        high=high,
        passes=share_of(sum(passed), len(passed)) if passed else None,
    )


def _interval(stars: Sequence[int], seed: int) -> tuple[float, float]:
    import numpy as np

    scale = np.asarray(SCALE, dtype=np.float64)
    given = np.asarray([list(stars).count(one) for one in SCALE], dtype=np.float64)
    shares = np.random.default_rng(seed).dirichlet(given + 1 / len(SCALE), size=N_DRAWS)
    low, high = np.quantile(shares @ scale, [0.025, 0.975])
    mean = sum(stars) / len(stars)
    return min(float(low), mean), max(float(high), mean)
