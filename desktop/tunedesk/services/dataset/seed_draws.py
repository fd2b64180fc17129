"""What all prompts draw with a seed, worked out beside the window and kept for undoing."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

from tunedesk.core.split import draws, threshold
from tunedesk.store.records import DatasetSettings

_TRIES = 300
_STEP = 4_000
"""Prompts in one call of C, during which no other thread runs: 3 ms."""


class SeedDraws:
    """Of the last two seeds that were asked for, as long as the rows are those of then."""

    CHANGES = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], array[int]] = {}

    def of(self, seed: int, keys: array[int]) -> array[int] | None:
        """None if nobody has worked it out for these rows."""
        found = self._kept.get((seed, hash(keys.tobytes())))
        return None if found is None else found[:]

    def put(self, seed: int, keys: array[int], drawn: array[int]) -> None:
        """To be found by `of`."""
        self._kept[seed, hash(keys.tobytes())] = drawn
        while len(self._kept) > 2:
            del self._kept[next(iter(self._kept))]


def seed_with_some(keys: array[int], rule: DatasetSettings) -> int | None:
    """A seed that puts some of these prompts in test and some in train, about as many as the rule
    asks for; None if there are too few prompts or the share is none."""
    prompts = array("Q", sorted(set(keys)))
    wanted, limit = len(prompts) * rule.test_share, threshold(rule.test_share)
    if len(prompts) < 2 or not limit:
        return None
    best: tuple[float, int] | None = None
    for seed in range(rule.seed + 1, rule.seed + 1 + _TRIES):
        n_test = sum(map(limit.__gt__, draws(prompts.tobytes(), seed)))
        if 0 < n_test < len(prompts):
            best = min(best or (math.inf, seed), (abs(n_test - wanted), seed))
            if best[0] < 1:
                break
    return best[1] if best is not None else None


def drawn_by(
    keys: array[int], seed: int, tell: Callable[[int, int], object] = lambda _done, _all: None
) -> array[int]:
    """What each prompt draws, 0 to 2**32 - 1; for a thread, between whose steps others run."""
    drawn = array("I")
    for first in range(0, len(keys), _STEP):
        tell(first, len(keys))
        drawn += draws(keys[first : first + _STEP].tobytes(), seed)
    return drawn
