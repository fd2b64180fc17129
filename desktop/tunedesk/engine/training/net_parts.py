"""The small parts of a layer, both ways, without autograd: norm, rotary positions."""

from __future__ import annotations

import torch

from tunedesk.engine.nets.shape import Shape


class Norm:
    """Root mean square norm (Zhang and Sennrich, arXiv:1910.07467), computed in float32."""

    def __init__(self, weight: torch.Tensor, epsilon: float, dtype: torch.dtype) -> None:
        self._weight = weight.float()
        self._epsilon = epsilon
        self._dtype = dtype

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x [n, width] float32 → the normed x in the working type, and 1 / its size [n, 1]."""
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        inverse = (norm.square_() / x.shape[-1] + self._epsilon).rsqrt_()
        return (x * inverse).mul_(self._weight).to(self._dtype), inverse

    def add_backward(
        self, dx: torch.Tensor, dy: torch.Tensor, x: torch.Tensor, inverse: torch.Tensor
    ) -> None:
        """Adds to dx [n, width] float32 what the gradient dy of the output makes of it."""
        scaled = dy * self._weight
        along = (scaled * x).sum(-1, keepdim=True)
        dx.addcmul_(scaled, inverse)
        dx.addcmul_(x, along * inverse**3, value=-1 / x.shape[-1])


class Rotary:
    """Rotary positions (Su et al., arXiv:2104.09864), and the queries' division by sqrt(size)."""

    def __init__(self, positions: torch.Tensor, shape: Shape, dtype: torch.dtype) -> None:
        half = shape.head_size // 2
        exponents = torch.arange(half, device=positions.device, dtype=torch.float32) / half
        angles = positions[:, None] * shape.rope_theta**-exponents
        self._n_turned = shape.n_heads + shape.n_kv_heads
        scale = torch.ones(self._n_turned, 1, device=positions.device)
        scale[: shape.n_heads] = shape.head_size**-0.5
        self._cos = (angles.cos()[:, None] * scale).to(dtype)
        self._sin = (angles.sin()[:, None] * scale).to(dtype)
        self._half = half

    def turn(self, heads: torch.Tensor, *, back: bool = False) -> None:
        """Turns queries and keys of [n, heads + 2 kv_heads, size] in place.

        `back` is the way of the gradient.
        """
        sign = -1.0 if back else 1.0
        x = heads[:, : self._n_turned]
        left, right = x[..., : self._half], x[..., self._half :]
        turned = left * self._cos
        turned.addcmul_(right, self._sin, value=-sign)
        right *= self._cos
        right.addcmul_(left, self._sin, value=sign)
        left.copy_(turned)
