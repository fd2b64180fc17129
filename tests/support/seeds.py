"""Random tests that say how to repeat the one that failed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


def seeds(first: int, end: int) -> Iterable[int]:
    """The seeds of a batch; with SEED in the environment only that one, if it is of the batch."""
    told = os.environ.get("SEED")
    return [seed for seed in range(first, end) if told in (None, str(seed))]


@contextmanager
def replayable(seed: int) -> Iterator[None]:
    """A failure inside names the seed, and the command that runs it alone."""
    try:
        yield
    except BaseException as error:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        error.add_note(f"seed {seed}; again: SEED={seed} make test TESTS='{test}'")
        raise
