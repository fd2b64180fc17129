"""The one case in which the number of threads decides about bits, and its way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_FEWEST_ROWS = 16


@contextmanager
def steady(n_rows: int, dtype: torch.dtype) -> Iterator[None]:
    """One thread for float32 products of few rows.

    MKL cuts 5 to 11 rows otherwise for two threads than for one (measured for 1 to 245 rows and 1
    to 8 threads; oneDNN's bfloat16 is free of it). Such a pass is a short one anyway.
    """
    if n_rows >= _FEWEST_ROWS or dtype != torch.float32:
        yield
        return
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
