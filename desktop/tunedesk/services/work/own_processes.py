"""How our own processes behave beside the window: they let it go first."""

from __future__ import annotations

import gc
import os
from importlib import import_module

_NICENESS = 5
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def step_back() -> None:
    """For the begin of a worker process; a priority that is lower already stays."""
    if hasattr(os, "nice"):
        os.nice(max(0, _NICENESS - os.nice(0)))
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def stepped_back(module: str, function: str, *arguments: object) -> None:
    """Call a worker process's main function, its modules imported behind the window, too."""
    step_back()
    getattr(import_module(module), function)(*arguments)
