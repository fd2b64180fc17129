"""How many threads a step gets: all cores when they are free, fewer when others use them too.

On a busy machine the threads of one step wait for each other, and two can be slower than one by
far (measured: 2.7 s a step against 1.3, and ten times where every core is taken). The number of
threads does not change a single bit of the result (measured too, and tested), so it may change
from step to step.
"""

from __future__ import annotations

import os
from collections.abc import Callable

_DISTURBED = 1.4  # times slower than the best seen
_PROBE_EVERY = 6
_NEWEST_SHARE = 0.5
_SLACK = 0.6  # how much more than the cores may be asked for


def machine_load() -> float:
    """Processes that want a core, mean of the last minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


class ThreadChooser:
    """Tells the number for the next step; learns from how long steps took."""

    def __init__(self, most: int, load: Callable[[], float] = machine_load) -> None:
        self._candidates = sorted({most, max(1, most - 1), 1}, reverse=True)
        self._load = load
        self._current = 0
        self._cost: dict[int, float] = {}
        self._best = float("inf")
        self._n_steps = 0
        self._since_probe = 0

    def next(self) -> int:
        """Threads for the next step."""
        self._current = self._choose()
        return self._current

    def calm(self) -> int:
        """Threads for work beside the steps: the best known, nothing tried out."""
        if not self._cost:
            return self._first()
        return min(self._cost, key=self._cost.__getitem__)

    def _choose(self) -> int:
        if self._n_steps == 0:
            return self._first()
        unknown = [n for n in self._candidates if n not in self._cost and self._has_room(n)]
        if unknown:
            return unknown[0]
        best = self.calm()
        others = [n for n in self._candidates if n != best and self._has_room(n)]
        if others and self._is_time_to_probe(best):
            self._since_probe = 0
            return others[(self._n_steps // _PROBE_EVERY) % len(others)]
        return best

    def _first(self) -> int:
        return next((n for n in self._candidates if self._has_room(n)), 1)

    def _has_room(self, n_threads: int) -> bool:
        """True if that many would find free cores, were ours gone."""
        others = max(0.0, self._load() - self._current)
        return n_threads == 1 or others + n_threads <= self._candidates[0] + _SLACK

    def _is_time_to_probe(self, best: int) -> bool:
        disturbed = self._cost[best] > _DISTURBED * self._best
        away = best != self._candidates[0]
        return self._since_probe >= _PROBE_EVERY and (disturbed or away)

    def observe(self, n_threads: int, seconds: float, n_tokens: int) -> None:
        """A step of `n_tokens` took `seconds`; the first is warm-up and teaches nothing."""
        self._n_steps += 1
        self._since_probe += 1
        if self._n_steps == 1:
            return
        cost = seconds / max(n_tokens, 1)
        before = self._cost.get(n_threads, cost)
        self._cost[n_threads] = before + _NEWEST_SHARE * (cost - before)
        self._best = min(self._best, cost)
