"""A LoRA adapter bit for bit as PEFT adds it to a base in bfloat16: in float32, rounded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional

from tunedesk.engine.generation.net_adapter import Pairs, read_pairs
from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.training.net_lora import Group

_TRIED_ROWS = 7

_Linear = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Pair(NamedTuple):
    """A [rank, n_in] and B [n_out, rank] for the outputs from `start` to `stop`."""

    start: int
    stop: int
    a: torch.Tensor
    b: torch.Tensor


class Change(NamedTuple):
    """Of one group of linear layers: y += factor B (A x), each matrix by itself."""

    factor: float
    pairs: Sequence[Pair]

    def add(self, y: torch.Tensor, x: torch.Tensor) -> None:
        """Adds it to `y`, the base's W x."""
        self._add(y, x, functional.linear)

    def add_to_each(self, y: torch.Tensor, x: torch.Tensor) -> None:
        """The same, each row with the bits that it would have alone."""
        self._add(y, x, _each_linear)

    def _add(self, y: torch.Tensor, x: torch.Tensor, linear: _Linear) -> None:
        if not self.pairs:
            return
        wide = x.float()
        for start, stop, a, b in self.pairs:
            part = y[:, start:stop]
            part.copy_(part + linear(linear(wide, a), b).mul_(self.factor))


def _each_linear(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    if _is_alike(*matrix.shape):
        return _batched(x, matrix)
    return _one_by_one(x, matrix)


def _batched(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """A product for each row, in one call."""
    return torch.bmm(x[:, None], matrix.t().expand(len(x), -1, -1))[:, 0]


def _one_by_one(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    return torch.cat([functional.linear(row, matrix) for row in torch.split(x, 1)])


@cache
def _is_alike(n_out: int, n_in: int) -> bool:
    """Whether one call has the bits of many, with this size and processor: it is tried."""
    source = torch.Generator().manual_seed(1)
    x = torch.randn(_TRIED_ROWS, n_in, generator=source)
    matrix = torch.randn(n_out, n_in, generator=source)
    return torch.equal(_batched(x, matrix), _one_by_one(x, matrix))


NO_CHANGE = Change(1.0, ())


class ExactAdapter(NamedTuple):
    """The changes of all layers, four groups each."""

    layers: Sequence[Sequence[Change]]

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        changes = (change for layer in self.layers for change in layer)
        return sum(pair.a.nbytes + pair.b.nbytes for change in changes for pair in change.pairs)


def read_exact_adapter(folder: Path, shape: Shape) -> ExactAdapter:
    """As `net_adapter.read_adapter`, and raises as it does."""
    factor, layers = read_pairs(folder, shape)
    return ExactAdapter([[_change(*group, factor) for group in layer] for layer in layers])


def _change(group: Group, pairs: Pairs, factor: float) -> Change:
    found, start = [], 0
    for module, n_out in group.outs:
        if module in pairs:
            a, b = pairs[module]
            found.append(Pair(start, start + n_out, a.clone(), b.clone()))
        start += n_out
    return Change(factor, found)
