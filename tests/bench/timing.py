"""One figure beside its baseline, taken in turn in the same run, so that load hits both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

REPEATS = 5


class Row(NamedTuple):
    """A figure: what was measured, in which unit, ours and the baseline's, and the baseline."""

    name: str
    unit: str
    ours: float
    baseline: float
    baseline_name: str

    @property
    def ratio(self) -> float:
        """Ours in baselines: 2.0 is twice the baseline's figure."""
        return self.ours / self.baseline


def best_s(*works: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """The shortest time of each work in seconds, over rounds in which each is done once."""
    rounds = [[_once_s(work) for work in works] for _ in range(repeats)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _once_s(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s
