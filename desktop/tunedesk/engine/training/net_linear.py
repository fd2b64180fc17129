"""A frozen linear layer with a LoRA beside it, both ways.

The weight is laid out once as the CPU's kernels like it, for each way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

from tunedesk.engine.training.net_lora import Pair

_PRIVATE_CALLS = ("_reorder_linear_weight", "_linear_pointwise")
_TYPICAL_TOKENS = 256  # a hint for the layout; the result does not depend on it


class Linear:
    """x [n, n_in] → x Wᵀ + bias + s x Aᵀ Bᵀ [n, n_out]; only A and B learn."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        self._forward = _Product(weight)
        self._backward = _Product(weight.t())
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


class _Product:
    """x → x @ weight.T.

    oneDNN reads a weight in blocks of its own 12 % faster in bfloat16. In float32 torch would ask
    MKL for an ordinary one, which on an AMD processor is 2.4 times slower than oneDNN (measured).
    """

    def __init__(self, weight: torch.Tensor) -> None:
        self._is_packed = _can_pack(weight)
        self._weight = weight.contiguous()
        if self._is_packed:
            pack: Any = torch.ops.mkldnn._reorder_linear_weight
            self._weight = pack(self._weight, _TYPICAL_TOKENS)

    def __call__(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        if not self._is_packed:
            return functional.linear(x, self._weight, bias)
        product: Any = torch.ops.mkldnn._linear_pointwise
        result: torch.Tensor = product(x, self._weight, bias, "none", [], "")
        return result


def _can_pack(weight: torch.Tensor) -> bool:
    """These calls are private to torch: without them it is only slower."""
    mkldnn: Any = torch.backends.mkldnn
    if weight.device.type != "cpu" or not mkldnn.is_available():
        return False
    if not all(
        hasattr(torch.ops.mkldnn, n) for n in ("_reorder_linear_weight", "_linear_pointwise")
    ):
        return False
    if weight.dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32
