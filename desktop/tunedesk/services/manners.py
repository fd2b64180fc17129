"""How our own processes behave beside the window: they let it go first."""

from __future__ import annotations

import gc
import os

_NICENESS = 5
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def step_back() -> None:
    """For the begin of a worker process; a priority that is lower already stays."""
    if hasattr(os, "nice"):
        os.nice(max(0, _NICENESS - os.nice(0)))
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
