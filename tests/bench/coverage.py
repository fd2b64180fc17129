"""How often the 95 % interval of a share holds the true one: counted exactly, and drawn beside."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from statistics import NormalDist

import numpy as np

from tests.bench.timing import Row
from tunedesk.core.statistics import wilson_interval

SIZES = (10, 20, 50, 100, 200)
SHARES = (0.5, 0.7, 0.9)
LOW_PERCENT, HIGH_PERCENT = 94.0, 96.0
N_DRAWS = 100_000

Interval = Callable[[int, int], tuple[float, float]]


def coverage() -> list[Row]:
    """Two rows for each number of votes and true share; those outside 94–96 % say so. The second
    is a simulation beside the exact figure, as a check on both."""
    rows = []
    for n in SIZES:
        for share in SHARES:
            ours, baseline = (covered_percent(f, n, share) for f in (wilson_interval, wald))
            is_off = not LOW_PERCENT <= ours <= HIGH_PERCENT
            name = f"interval holds the truth, n {n}, p {share}" + (" (off)" if is_off else "")
            rows.append(Row(name, "%", ours, baseline, "Wald's interval"))
            drawn = drawn_percent(wilson_interval, n, share)
            rows.append(Row(f"the same, drawn {N_DRAWS:,} times", "%", drawn, ours, "exact"))
    return rows


def covered_percent(interval: Interval, n: int, share: float) -> float:
    """Over all n + 1 results, by how likely each is: that of those whose interval holds it."""
    chance = partial(_binomial, n, share)
    results = ((wins, interval(wins, n)) for wins in range(n + 1))
    return 100 * math.fsum(chance(wins) for wins, (low, high) in results if low <= share <= high)


def drawn_percent(interval: Interval, n: int, share: float) -> float:
    """Of `N_DRAWS` results drawn at random: those whose interval holds the share."""
    drawn = np.random.default_rng(n).binomial(n, share, size=N_DRAWS)
    wins, often = np.unique(drawn, return_counts=True)
    bounds = (interval(int(one), n) for one in wins)
    holds = np.array([low <= share <= high for low, high in bounds])
    return 100 * float(often[holds].sum()) / N_DRAWS


def wald(wins: int, n: int) -> tuple[float, float]:
    """The textbook's interval, wins/n ± z·se, which Wilson's is to be better than."""
    share = wins / n
    half = NormalDist().inv_cdf(0.975) * math.sqrt(share * (1 - share) / n)
    return share - half, share + half


def _binomial(n: int, share: float, wins: int) -> float:
    return math.comb(n, wins) * share**wins * (1 - share) ** (n - wins)


MEASURES = (coverage,)
