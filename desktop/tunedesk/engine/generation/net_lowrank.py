"""Changes of low rank to linear layers that read the same input: y += B (A x), never merged.

In float32: at one token a call in bfloat16 costs more than the bytes it spares (measured).
"""

from __future__ import annotations

import torch
from torch.nn import functional


class LowRank:
    """The change of one group of linear layers: `a` [ranks, n_in], `b` [ranks, n_out]."""

    def __init__(self, a: torch.Tensor, b: torch.Tensor) -> None:
        self._a = a
        self._b = b

    def add(self, y: torch.Tensor, x: torch.Tensor) -> None:
        """Adds B A x to `y`, the base's W x."""
        y.addmm_(functional.linear(x, self._a), self._b)

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        return self._a.nbytes + self._b.nbytes


class EvenLowRank(LowRank):
    """The same where all outputs have one size and rank; `b` [outputs, rank, n_out]. Half the
    memory of a matrix with blocks on its diagonal, and the widest group of all."""

    def add(self, y: torch.Tensor, x: torch.Tensor) -> None:
        """Adds B A x to `y`, whose parts stand side by side."""
        n, n_parts = len(x), len(self._b)
        inner = functional.linear(x, self._a).view(n, n_parts, -1).transpose(0, 1)
        y.view(n, n_parts, -1).transpose(0, 1).baddbmm_(inner, self._b)


class NoChange(LowRank):
    """For a group that the adapter leaves alone."""

    def __init__(self) -> None:
        super().__init__(torch.zeros(0), torch.zeros(0))

    def add(self, y: torch.Tensor, x: torch.Tensor) -> None:
        """Nothing."""
