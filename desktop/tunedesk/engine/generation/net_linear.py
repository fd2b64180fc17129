"""Linear layers for one token after the other: float32 in, float32 out, weights as small as may be.

Answering one person is bound by memory: every weight is read once for each token. The fewer bytes
a weight has, the faster the answer comes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec
import torch
from torch.nn import functional

GROUP = 32  # weights that share a scale and a zero point
_LIKELIEST = 64
_BLOCK = 64
_SMALLEST = 1e-30  # a row of zeros is no division by zero


class Linear(Protocol):
    """Maps [n_tokens, n_in] to [n_tokens, n_out], both float32; the result is the caller's own."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor: ...


class PlainLinear:
    """One or several matrices [n_out, n_in] as they are, their outputs side by side."""

    def __init__(self, matrices: Sequence[torch.Tensor], bias: torch.Tensor | None = None) -> None:
        self._matrices = matrices
        self._bias = bias

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Computes in the type of the matrices."""
        x = x.to(self._matrices[0].dtype)
        parts = [functional.linear(x, matrix).float() for matrix in self._matrices]
        y = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
        return y if self._bias is None else y.add_(self._bias)


class HalfLinear:
    """Matrices without levels in float16, for one token: 14 ms where bfloat16 takes 20.

    Three bits more than bfloat16 has, but little range: each input is divided by its largest
    number first, so neither it nor the sum leaves the range, whatever the model does.
    """

    def __init__(self, matrices: Sequence[torch.Tensor], bias: torch.Tensor | None = None) -> None:
        """Raises OverflowError if a weight is beyond float16."""
        self._matrix = torch.cat([matrix.half() for matrix in matrices])
        self._bias = bias
        if not bool(self._matrix.isfinite().all()):
            raise OverflowError("a weight is beyond float16")

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Rounds its input and output to float16; sums in float32."""
        rows = [self._of_one(row) for row in x.unbind()]
        y = rows[0][None] if len(rows) == 1 else torch.stack(rows)
        return y if self._bias is None else y.add_(self._bias)

    def _of_one(self, x: torch.Tensor) -> torch.Tensor:
        largest = torch.linalg.vector_norm(x, math.inf).clamp_(min=_SMALLEST)
        return torch.mv(self._matrix, torch.div(x, largest).half()).float().mul_(largest)


class Levels(msgspec.Struct, frozen=True):
    """Weights as (q - 8) scale + zero: q [n_out, n_in] of 0 to 15, the others one a group."""

    q: torch.Tensor
    scale: torch.Tensor
    zero: torch.Tensor


class FourBitLinear:
    """Weights (q - 8) scale + zero, q of 4 bits; 0.63 bytes a weight."""

    def __init__(
        self, packed: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        """As `pack_four_bits` gives them."""
        self._packed = packed
        self._scales = scales
        self._bias = bias

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Rounds its input and output to bfloat16; sums in float32."""
        y = torch._weight_int4pack_mm_for_cpu(x.bfloat16(), self._packed, GROUP, self._scales)
        y = y.float()
        return y if self._bias is None else y.add_(self._bias)


class Head:
    """Vocabulary in 8 or 4 bits; the likeliest tokens are computed again unrounded."""

    def __init__(self, exact: torch.Tensor) -> None:
        """`exact` is the vocabulary as the model has it, [n_vocabulary, width]."""
        self._exact = exact

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of one token, [1, n_vocabulary]."""
        y = self._rounded(x)
        likeliest = _largest(y[0])
        rows = self._exact.index_select(0, likeliest).float()
        y[0].index_copy_(0, likeliest, torch.mv(rows, x[0]))
        return y

    def _rounded(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class EightBitHead(Head):
    """A scale for each token.

    Rounding to 8 bits moves a logit by 0.07, as much as bfloat16 does on the way through the
    layers. What decides about an answer is so few that their exact rows can be read as well.
    """

    def __init__(self, values: torch.Tensor, scales: torch.Tensor, exact: torch.Tensor) -> None:
        """As `pack_eight_bits` gives them of `exact`."""
        super().__init__(exact)
        self._values = values
        self._scales = scales

    def _rounded(self, x: torch.Tensor) -> torch.Tensor:
        return torch._weight_int8pack_mm(x.bfloat16(), self._values, self._scales).float()


class FourBitHead(Head):
    """Twice as quick, and good enough to guess the likeliest: the same in 976 of 1,000."""

    def __init__(self, packed: torch.Tensor, scales: torch.Tensor, exact: torch.Tensor) -> None:
        """As `pack_four_bits` gives them of `round_to_levels(exact)`."""
        super().__init__(exact)
        self._linear = FourBitLinear(packed, scales)

    def _rounded(self, x: torch.Tensor) -> torch.Tensor:
        return self._linear(x)


def _largest(y: torch.Tensor) -> torch.Tensor:
    """Places of the 64 largest, in no order; of all if they are fewer.

    torch.topk over a whole vocabulary takes 90 µs. The largest 64 lie in those 64 blocks whose
    own maxima are largest: 25 µs.
    """
    if len(y) % _BLOCK or len(y) < _BLOCK * _LIKELIEST:
        return y.topk(min(_LIKELIEST, len(y)), sorted=False).indices
    blocks = y.view(-1, _BLOCK)
    best = blocks.amax(1).topk(_LIKELIEST, sorted=False).indices
    inside = blocks.index_select(0, best).view(-1).topk(_LIKELIEST, sorted=False).indices
    return best[inside // _BLOCK] * _BLOCK + inside % _BLOCK


def round_to_levels(matrix: torch.Tensor) -> Levels | None:
    """16 even levels for each group of weights; None for a size that has no groups."""
    n_out, n_in = matrix.shape
    if n_in % GROUP or n_out % 16:
        return None
    groups = matrix.float().view(n_out, -1, GROUP)
    low, high = groups.aminmax(dim=2)
    scale = ((high - low) / 15).clamp_(min=_SMALLEST).bfloat16().float()
    zero = (low + 8 * scale).bfloat16().float()
    q = groups.sub_(zero[..., None]).div_(scale[..., None]).add_(8).round_().clamp_(0, 15)
    return Levels(q.view(n_out, n_in).to(torch.uint8), scale, zero)


def pack_four_bits(levels: Levels) -> tuple[torch.Tensor, torch.Tensor]:
    """Arguments of `FourBitLinear`.

    The layout is the one that this CPU's kernel wants: not to be carried to another.
    """
    packed = torch._convert_weight_to_int4pack_for_cpu(levels.q.int(), 1)
    scales = torch.stack([levels.scale.t(), levels.zero.t()], -1).to(torch.bfloat16)
    return packed, scales.contiguous()


def pack_eight_bits(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Arguments of `EightBitHead` from a matrix [n_out, n_in]; rounds each weight."""
    wide = matrix.float()
    scales = (wide.abs().amax(1).clamp_(min=1e-12) / 127).to(torch.bfloat16)
    values = (wide / scales.float()[:, None]).round_().clamp_(-127, 127)
    return values.to(torch.int8), scales


def has_quick_kernels() -> bool:
    """True where torch has vector code for 4 bits; elsewhere they run 50 times slower."""
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
