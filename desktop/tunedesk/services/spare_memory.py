"""What Python has freed and the C library keeps for later goes back to the system."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Takes some milliseconds: to be called in a thread, after work on many rows.

    Does nothing where the C library is not glibc, which alone keeps so much: half of what the
    check of a million rows used for a while.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # late: not before the first paint

    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found
