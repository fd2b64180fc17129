"""A frozen linear layer with a LoRA beside it, both ways.

The weight is laid out once as the CPU's kernels like it, for each way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from tunedesk.engine.nets.product import Product
from tunedesk.engine.training.net_lora import Pair


class Linear:
    """x [n, n_in] → x Wᵀ + bias + s x Aᵀ Bᵀ [n, n_out]; only A and B learn."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        self._forward = Product(weight)
        self._backward = Product(weight.t())
        self._bias = bias

    def __call__(self, x: torch.Tensor, lora: Pair) -> tuple[torch.Tensor, torch.Tensor]:
        """The output, and s x Aᵀ [n, ranks], which the backward pass needs again."""
        low = x @ lora.work.a.t()
        return self._forward(x, self._bias).addmm_(low, lora.work.b.t()), low

    def learn(
        self, dy: torch.Tensor, x: torch.Tensor, low: torch.Tensor, lora: Pair
    ) -> torch.Tensor:
        """Puts the gradients of A and B into `lora.fresh`; returns that of `low`."""
        dlow = dy @ lora.work.b
        torch.mm(dy.t(), low, out=lora.fresh.b)
        torch.mm(dlow.t(), x, out=lora.fresh.a)
        return dlow

    def backward(
        self, dy: torch.Tensor, x: torch.Tensor, low: torch.Tensor, lora: Pair
    ) -> torch.Tensor:
        """The same, and returns the gradient of x."""
        dlow = self.learn(dy, x, low, lora)
        return self._backward(dy, None).addmm_(dlow, lora.work.a)


def joined(weights: Mapping[str, torch.Tensor], names: Sequence[str], dtype: torch.dtype) -> Linear:
    """Linear layers that read the same input, as one. Raises KeyError if one is not there."""
    weight = torch.cat([weights[f"{name}.weight"].to(dtype) for name in names])
    if f"{names[0]}.bias" not in weights:
        return Linear(weight)
    return Linear(weight, torch.cat([weights[f"{name}.bias"].to(dtype) for name in names]))
