"""How many threads an answer gets: the cores that nobody else uses, one where all are in use.

Only single tokens get more than one. While a prompt is read, the number of threads decides about
the last bits (measured, with an adapter), and the same seed has to give the same answer. One
token at a time it changes none, in our own networks (measured over their shapes, and tested).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from tunedesk.engine.training.threads import OthersLoad, ThreadChooser

MOST_THREADS = 4  # memory is the bound: more cores would wait for it
_FEWEST_TOKENS = 8  # fewer tell too little about how long one takes


class Pace:
    """One for the process; `begin` each turn at the cores, `end` it, and in between `tokens`."""

    def __init__(self, most_threads: int, others: Callable[[], float] | None = None) -> None:
        most = min(MOST_THREADS, most_threads)
        self._chooser = ThreadChooser(most, others or OthersLoad())
        self._n_threads = 1
        self._n_tokens = 0
        self._seconds = 0.0

    def begin(self, *, is_steady: bool) -> None:
        """A turn begins. `is_steady`: the model's answer does not depend on the threads."""
        self._n_threads = self._chooser.next() if is_steady else 1
        self._n_tokens, self._seconds = 0, 0.0
        torch.set_num_threads(1)

    @contextmanager
    def tokens(self, n: int) -> Iterator[None]:
        """Around `n` single tokens; all else has one thread."""
        torch.set_num_threads(self._n_threads)
        started_s = time.perf_counter()
        try:
            yield
        finally:
            torch.set_num_threads(1)
        self._seconds += time.perf_counter() - started_s
        self._n_tokens += n

    def end(self) -> None:
        """The turn is over; what it took teaches the next choice."""
        if self._n_tokens >= _FEWEST_TOKENS:
            self._chooser.observe(self._n_threads, self._seconds, self._n_tokens)
