"""Python's collector of cyclic garbage, on the window's thread and on no other.

By itself Python collects in whichever thread happens to make the next object. A widget or timer of
Qt that is garbage would then be taken apart in a thread it does not live in, where Qt cannot stop
its timers: the next turn of the event loop calls into freed memory, and the app is gone.
"""

from __future__ import annotations

import gc
import time

_WHOLE_SHARE = 200
"""A collection of all objects waits this many times as long as the last one took."""


class Collector:
    """From now on nothing is collected but in `step`, which the window's thread calls often."""

    def __init__(self) -> None:
        gc.disable()
        self._next_whole_s = 0.0

    def step(self) -> None:
        """Collect what Python itself would by now, by its own thresholds; mostly nothing."""
        young, middle, old = (
            n > limit for n, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        begin_s = time.monotonic()
        if old and begin_s >= self._next_whole_s:
            gc.collect()
            end_s = time.monotonic()
            self._next_whole_s = end_s + _WHOLE_SHARE * (end_s - begin_s)
        elif middle or old:
            gc.collect(1)
        elif young:
            gc.collect(0)
