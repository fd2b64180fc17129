"""What all prompts draw with a seed, worked out beside the window and kept for undoing."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from tunedesk.core.split import draws

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


def drawn_by(
    keys: array[int], seed: int, tell: Callable[[int, int], object] = lambda _done, _all: None
) -> array[int]:
    """What each prompt draws, 0 to 2**32 - 1; for a thread, between whose steps others run."""
    drawn = array("I")
    for first in range(0, len(keys), _STEP):
        tell(first, len(keys))
        drawn += draws(keys[first : first + _STEP].tobytes(), seed)
    return drawn
