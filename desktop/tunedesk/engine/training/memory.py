"""How this process holds memory while it trains."""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt(3)
_MMAP_THRESHOLD = -3
_ONE_GIBIBYTE = 2**30
_KERNELS = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def settle() -> None:
    """Call before the first product of matrices: what oneDNN reads then, it never reads again.

    oneDNN keeps a kernel for every shape that it met, by default 1024 of them: with batches of
    ever new lengths these are several hundred megabytes. A step needs some 40.

    A training step frees some hundred megabytes and asks for the same again: as new pages they
    cost 14 ms a step of 350 (measured), and the peak is the same. Nothing is done about that where
    the C library is not glibc.
    """
    os.environ.setdefault(_KERNELS, "64")
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _ONE_GIBIBYTE)
        mallopt(_TRIM_THRESHOLD, 2 * _ONE_GIBIBYTE - 1)
