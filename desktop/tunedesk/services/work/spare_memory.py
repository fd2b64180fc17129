"""What Python has freed and the C library keeps for later goes back to the system."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h
_LARGE_BYTES = 256 << 10
_ARENAS = 2


def keep_little() -> None:
    """At the begin, in a thread: what is large goes back to the system as soon as it is freed.

    glibc comes to keep pieces of up to 32 MB, a pool for each thread, and columns of a million rows
    are such pieces: they left holes as large as what is kept of the rows. Elsewhere nothing.
    """
    set_option = _of_glibc("mallopt")
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        set_option(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Takes some milliseconds: to be called in a thread, after work on many rows.

    Does nothing where the C library is not glibc, which alone keeps so much: half of what the
    check of a million rows used for a while.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # late: not before the first paint

    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
