"""How many threads a step gets: all cores when they are free, fewer when others use them too.

On a busy machine the threads of one step wait for each other, and two can be slower than one by
far (measured: 2.7 s a step against 1.3, and ten times where every core is taken). The number of
threads does not change a single bit of our own networks' results (measured too, and tested; see
`steady.py` for the exception), so it may change from step to step.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

# Threads that wait for each other spin this long before they sleep: as fast as the default on a
# quiet machine, and much less bad on a busy one (measured; the default is 300,000).
SPINS = "20000"
_DISTURBED = 1.4  # times slower than the best seen
_PROBE_EVERY = 6
_NEWEST_SHARE = 0.5
_SLACK = 0.6  # how much more than the cores may be asked for
_SHORTEST_LOOK_S = 0.5


class OthersLoad:
    """Cores that other processes kept busy since the last call; 0 where the system is silent."""

    def __init__(self) -> None:
        self._at_s, self._busy_s, self._own_s = self._now()
        self._last = 0.0

    def __call__(self) -> float:
        at_s, busy_s, own_s = self._now()
        passed_s = at_s - self._at_s
        if passed_s >= _SHORTEST_LOOK_S:
            others_s = (busy_s - self._busy_s) - (own_s - self._own_s)
            self._last = max(0.0, others_s / passed_s)
            self._at_s, self._busy_s, self._own_s = at_s, busy_s, own_s
        return self._last

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """Time, busy time of all cores together, and our own share of it, in seconds."""
        own_s = time.process_time()
        try:
            first_line = Path("/proc/stat").read_text().split("\n")[0]
        except OSError:
            return time.monotonic(), own_s, own_s
        user, nice, system, _, _, irq, soft_irq, steal = map(int, first_line.split()[1:9])
        ticks = user + nice + system + irq + soft_irq + steal
        return time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), own_s


class ThreadChooser:
    """Tells the number for the next step; learns from how long steps took.

    Never fewer than `least`: with `most` for both, the number stays.
    """

    def __init__(self, most: int, others: Callable[[], float], least: int = 1) -> None:
        self._candidates = sorted({most, max(least, most - 1), least}, reverse=True)
        self._others = others
        self._cost: dict[int, float] = {}
        self._best = float("inf")
        self._n_steps = 0
        self._since_probe = 0

    def next(self) -> int:
        """Threads for the next step."""
        if self._n_steps == 0:
            return self._first()
        unknown = [n for n in self._candidates if n not in self._cost and self._has_room(n)]
        if unknown:
            return unknown[0]
        best = self.calm()
        rest = [n for n in self._candidates if n != best and self._has_room(n)]
        if rest and self._is_time_to_probe(best):
            self._since_probe = 0
            return rest[(self._n_steps // _PROBE_EVERY) % len(rest)]
        return best

    def calm(self) -> int:
        """Threads for work beside the steps: the best known, nothing tried out."""
        if not self._cost:
            return self._first()
        return min(self._cost, key=self._cost.__getitem__)

    def _first(self) -> int:
        return next((n for n in self._candidates if self._has_room(n)), self._candidates[-1])

    def _has_room(self, n_threads: int) -> bool:
        """True if that many would find free cores."""
        return n_threads == 1 or self._others() + n_threads <= self._candidates[0] + _SLACK

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
