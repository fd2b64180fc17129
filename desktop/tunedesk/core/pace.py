"""What of a job's time was worked, and what it waited: it was paused, or its engine stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median_low

_WAIT_S, _WAIT_TIMES = 20, 8


def longest_worked_s(gaps_s: Sequence[float]) -> float:
    """A gap that is longer than this, in seconds and in usual gaps, was waited for. `gaps_s` is not
    empty; of few gaps half may be waits, as after a pause and a night's sleep."""
    return max(_WAIT_S, _WAIT_TIMES * median_low(gaps_s))


def waited_s(times_s: Iterable[int]) -> float:
    """Seconds that a job waited between its events, which have these times (Unix seconds)."""
    gaps_s = [after - before for before, after in pairwise(sorted(set(times_s)))]
    if not gaps_s:
        return 0.0
    limit_s, usual_s = longest_worked_s(gaps_s), median_low(gaps_s)
    return sum(gap_s - usual_s for gap_s in gaps_s if gap_s > limit_s)
