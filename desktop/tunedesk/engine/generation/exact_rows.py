"""Several rows through one matrix, each with the bits that it would have alone.

oneDNN adds up a long sum in pieces, and one row in other pieces than several: with AVX-512 one
row in pieces of 512, several in pieces of 1,024. Then the pieces of one row are laid into the
places of several, and zeros behind them: what is added to a sum is nothing. All this is tried,
not assumed, and where nothing helps each row has a product of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch

from tunedesk.engine.nets.product import Product

_PIECES = (512, 256, 1024, 768)  # of one row; several rows then have twice as long ones
_TRIED_OUTPUTS, _TRIED_ROWS = 64, 7

_Call = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]


class EachRow:
    """As a `Product` of the same matrix, whatever the number of rows."""

    def __init__(self, matrix: torch.Tensor, product: Product) -> None:
        self._product = product
        self._n_in = matrix.shape[1]
        self._layout = _layout(self._n_in)
        self._call: _Call = product
        if self._layout > 0:
            self._call = _Spread(matrix, self._layout)
        elif self._layout < 0:
            self._call = self._one_by_one

    def __call__(self, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """Maps [n, n_in] to [n, n_out], bfloat16."""
        return self._call(x, bias)

    def _one_by_one(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        return torch.cat([self._product(row, bias) for row in torch.split(x, 1)])


class _Spread:
    """The product of a matrix whose columns stand apart, so many together."""

    def __init__(self, matrix: torch.Tensor, piece: int) -> None:
        self._piece = piece
        self._product = Product(self._spread(matrix))

    def __call__(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        return self._product(self._spread(x), bias)

    def _spread(self, x: torch.Tensor) -> torch.Tensor:
        """Zeros behind each piece but the last."""
        n, n_in = x.shape
        piece = self._piece
        n_pieces = -(-n_in // piece)
        wide = x.new_zeros(n, n_in + piece * (n_pieces - 1))
        for at in range(0, n_in, piece):
            part = x[:, at : at + piece]
            wide[:, 2 * at : 2 * at + part.shape[1]] = part
        return wide


@cache
def _layout(n_in: int) -> int:
    """0: several rows are added up like one; n > 0: in pieces of n with gaps; -1: never."""
    matrix, rows = _telling(n_in)
    product = Product(matrix)
    alone = torch.cat([product(row) for row in torch.split(rows, 1)])
    if torch.equal(product(rows), alone):
        return 0
    for piece in _PIECES:
        if piece < n_in and torch.equal(_Spread(matrix, piece)(rows, None), alone):
            return piece
    return -1


def _telling(n_in: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix and rows whose products cancel but for rounding: another order, other results."""
    source = torch.Generator().manual_seed(1)
    half = n_in // 2
    places = torch.randperm(n_in, generator=source)
    weights = torch.randn(_TRIED_OUTPUTS, half, generator=source)
    numbers = torch.randn(_TRIED_ROWS, half, generator=source)
    odd = torch.zeros(1, n_in - 2 * half)
    matrix = torch.cat((weights, weights, odd.expand(_TRIED_OUTPUTS, -1)), 1)[:, places]
    rows = torch.cat((numbers, -numbers, odd.expand(_TRIED_ROWS, -1)), 1)[:, places]
    return matrix.bfloat16(), rows.bfloat16()
