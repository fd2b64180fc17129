"""How many threads a step gets: all cores when they are free, fewer when others use them too.

On a busy machine the threads of one step wait for each other, and two can be slower than one by
far (measured: 2.7 s a step against 1.3). The number of threads does not change a single bit of
the result (measured too, and tested), so it may change from step to step.
"""

from __future__ import annotations

_DISTURBED = 1.4  # times slower than the best seen
_PROBE_EVERY = 6
_NEWEST_SHARE = 0.5


class ThreadChooser:
    """Tells the number for the next step; learns from how long steps took."""

    def __init__(self, most: int) -> None:
        self._candidates = sorted({most, max(1, most - 1), 1}, reverse=True)
        self._cost: dict[int, float] = {}
        self._best = float("inf")
        self._n_steps = 0
        self._since_probe = 0

    def next(self) -> int:
        """Threads for the next step."""
        if self._n_steps == 0:
            return self._candidates[0]
        unknown = [n for n in self._candidates if n not in self._cost]
        if unknown:
            return unknown[0]
        current = min(self._cost, key=self._cost.__getitem__)
        if self._is_time_to_probe(current):
            self._since_probe = 0
            others = [n for n in self._candidates if n != current]
            return others[(self._n_steps // _PROBE_EVERY) % len(others)] if others else current
        return current

    def _is_time_to_probe(self, current: int) -> bool:
        disturbed = self._cost[current] > _DISTURBED * self._best
        away = current != self._candidates[0]
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
