"""Where the work is done: the fastest device that torch can use here."""

from __future__ import annotations

import torch


def best_device(wanted: str = "auto") -> torch.device:
    """`wanted`, or for "auto" the first of cuda, mps and cpu that is there.

    Raises RuntimeError for a name that torch does not know.
    """
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
