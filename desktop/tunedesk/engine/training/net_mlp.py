"""The second half of a layer, the gated MLP, forwards and backwards by hand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import torch
from torch.nn import functional

from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.training.net_linear import joined
from tunedesk.engine.training.net_lora import Pair
from tunedesk.engine.training.net_parts import Norm


class Kept(msgspec.Struct, frozen=True):
    """What the backward pass needs of the forward pass."""

    x: torch.Tensor
    inverse: torch.Tensor
    normed: torch.Tensor
    both: torch.Tensor
    low: torch.Tensor
    down_low: torch.Tensor


class Mlp:
    """x + down(SiLU(gate(norm(x))) × up(norm(x))); SwiGLU (Shazeer, arXiv:2002.05202)."""

    def __init__(
        self, weights: Mapping[str, torch.Tensor], shape: Shape, dtype: torch.dtype
    ) -> None:
        name = "post_attention_layernorm.weight"
        self._norm = Norm(weights[name], shape.norm_epsilon, dtype)
        self._gate_up = joined(weights, ("mlp.gate_proj", "mlp.up_proj"), dtype)
        self._down = joined(weights, ("mlp.down_proj",), dtype)

    def __call__(self, x: torch.Tensor, gate_up: Pair, down: Pair) -> tuple[torch.Tensor, Kept]:
        normed, inverse = self._norm(x)
        both, low = self._gate_up(normed, gate_up)
        product, down_low = self._down(_gated(both)[1], down)
        return x + product, Kept(x, inverse, normed, both, low, down_low)

    def backward(self, dx: torch.Tensor, kept: Kept, gate_up: Pair, down: Pair) -> None:
        """Turns dx, in place, from the gradient of the output into that of the input."""
        opened, product = _gated(kept.both)
        d = self._down.backward(dx.to(product.dtype), product, kept.down_low, down)
        d = _gated_backward(d, kept.both, opened)
        d = self._gate_up.backward(d, kept.normed, kept.low, gate_up)
        self._norm.add_backward(dx, d, kept.x, kept.inverse)


def _gated(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[gate | up] [n, 2 inner] → SiLU(gate), and that times up."""
    left, right = both.chunk(2, -1)
    opened = functional.silu(left)
    return opened, opened * right


def _gated_backward(dy: torch.Tensor, both: torch.Tensor, opened: torch.Tensor) -> torch.Tensor:
    """Gradient of the product → of [gate | up]."""
    left, right = both.chunk(2, -1)
    d = torch.empty_like(both)
    d_left, d_right = d.chunk(2, -1)
    torch.mul(dy, opened, out=d_right)
    d_left.copy_(torch.ops.aten.silu_backward(dy * right, left))
    return d
