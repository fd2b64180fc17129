"""The adapter: every number of it in one tensor, so that a step over all of them is one call.

A linear layer that has a LoRA computes W x + s B (A x), with A [rank, n_in], B [n_out, rank] and
s = alpha / rank (Hu et al., arXiv:2106.09685). What reads the same input is computed together:
its As are one tensor, one above the other, its Bs the blocks of a diagonal.

In memory each layer's numbers are [As … | Bs …]; `named` shows them by PEFT's names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec
import torch

from tunedesk.engine.nets.shape import Shape

PREFIX = "base_model.model.model.layers."


class Group(msgspec.Struct, frozen=True):
    """Linear layers that read the same input; `outs` are their names and output sizes."""

    n_in: int
    outs: tuple[tuple[str, int], ...]

    @property
    def n_out(self) -> int:
        """Outputs of all together."""
        return sum(size for _, size in self.outs)


def groups(shape: Shape) -> tuple[Group, ...]:
    """The four groups of a layer, in the order in which they are computed."""
    heads, kv_heads = shape.n_heads * shape.head_size, shape.n_kv_heads * shape.head_size
    inner = shape.inner_width
    attention = (("q_proj", heads), ("k_proj", kv_heads), ("v_proj", kv_heads))
    return (
        Group(shape.width, tuple((f"self_attn.{name}", size) for name, size in attention)),
        Group(heads, (("self_attn.o_proj", shape.width),)),
        Group(shape.width, (("mlp.gate_proj", inner), ("mlp.up_proj", inner))),
        Group(inner, (("mlp.down_proj", shape.width),)),
    )


class Factors(msgspec.Struct, frozen=True):
    """a [ranks, n_in] and b [n_out, ranks] of a group; or of all layers, one more dimension."""

    a: torch.Tensor
    b: torch.Tensor

    def of(self, layer: int) -> Factors:
        """One layer's part."""
        return Factors(self.a[layer], self.b[layer])


class Pair(msgspec.Struct, frozen=True):
    """`work`: the numbers to compute with, A times s; `fresh`: where gradients are put."""

    work: Factors
    fresh: Factors


class Adapter:
    """`flat` holds all numbers in float32, `gradient` their gradients, `named` parts of both."""

    def __init__(
        self,
        shape: Shape,
        *,
        rank: int,
        alpha: int,
        seed: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.rank = rank
        self.alpha = alpha
        self._scale = alpha / rank
        self._shape = shape
        self._groups = groups(shape)
        self._n_a = sum(rank * len(g.outs) * g.n_in for g in self._groups)
        n_numbers = self._n_a + sum(rank * g.n_out for g in self._groups)
        self.flat = torch.zeros(shape.n_layers, n_numbers, device=device)
        self.gradient = torch.zeros_like(self.flat)
        self.named = {name: torch.nn.Parameter(part) for name, part in self.parts(self.flat)}
        self._fill(seed)
        self._work = self._empty(dtype)
        self._fresh = self._empty(dtype)
        self._pairs = [
            [Pair(w.of(layer), f.of(layer)) for w, f in zip(self._work, self._fresh, strict=True)]
            for layer in range(shape.n_layers)
        ]

    def _fill(self, seed: int) -> None:
        """As PEFT does: A is uniform in ±1/sqrt(n_in), B is zero."""
        source = torch.Generator().manual_seed(seed)
        for name, parameter in self.named.items():
            if ".lora_A." in name:
                bound = 1 / math.sqrt(parameter.shape[1])
                values = torch.rand(parameter.shape, generator=source) * (2 * bound) - bound
                parameter.data.copy_(values)

    def parts(self, flat: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
        """What belongs to each parameter in a tensor like `flat`, in the order of `named`."""
        for layer in range(self._shape.n_layers):
            at_a, at_b = 0, self._n_a
            for group in self._groups:
                for name, n_out in group.outs:
                    n_a, n_b = self.rank * group.n_in, n_out * self.rank
                    a, b = flat[layer, at_a : at_a + n_a], flat[layer, at_b : at_b + n_b]
                    yield _peft_name(layer, name, "A"), a.view(self.rank, group.n_in)
                    yield _peft_name(layer, name, "B"), b.view(n_out, self.rank)
                    at_a, at_b = at_a + n_a, at_b + n_b

    def _empty(self, dtype: torch.dtype) -> list[Factors]:
        """Room for all layers' groups; what is beside the blocks of `b` stays zero."""
        n_layers, device = self._shape.n_layers, self.flat.device
        return [
            Factors(
                torch.zeros(n_layers, self.rank * len(g.outs), g.n_in, dtype=dtype, device=device),
                torch.zeros(n_layers, g.n_out, self.rank * len(g.outs), dtype=dtype, device=device),
            )
            for g in self._groups
        ]

    def _blocks(self, flat: torch.Tensor, copies: list[Factors]) -> Iterator[_Block]:
        """Each A group and each B in `flat` with its place in the copies, all layers at once."""
        n_layers, at_a, at_b = self._shape.n_layers, 0, self._n_a
        for group, copy in zip(self._groups, copies, strict=True):
            n_a = self.rank * len(group.outs) * group.n_in
            yield _Block(flat[:, at_a : at_a + n_a].view(copy.a.shape), copy.a, self._scale)
            at_a, at_out = at_a + n_a, 0
            for place, (_, n_out) in enumerate(group.outs):
                n_b, columns = n_out * self.rank, slice(place * self.rank, (place + 1) * self.rank)
                stored = flat[:, at_b : at_b + n_b].view(n_layers, n_out, self.rank)
                yield _Block(stored, copy.b[:, at_out : at_out + n_out, columns], 1.0)
                at_b, at_out = at_b + n_b, at_out + n_out

    @torch.no_grad()
    def refresh(self) -> None:
        """Takes the numbers over into the working copies; due before each forward pass."""
        for block in self._blocks(self.flat, self._work):
            block.copy.copy_(block.stored * block.scale if block.scale != 1 else block.stored)

    def pairs(self, layer: int) -> list[Pair]:
        """Those of a layer's groups."""
        return self._pairs[layer]

    @torch.no_grad()
    def collect(self) -> None:
        """Adds what a backward pass has put into `fresh` to the parameters' gradients."""
        if any(parameter.grad is None for parameter in self.named.values()):
            self._open_gradients()
        for block in self._blocks(self.gradient, self._fresh):
            block.stored.add_(block.copy, alpha=block.scale)

    def _open_gradients(self) -> None:
        """`zero_grad` takes gradients away from the parameters; so the sum starts anew."""
        self.gradient.zero_()
        for (_, part), parameter in zip(
            self.parts(self.gradient), self.named.values(), strict=True
        ):
            parameter.grad = part

    def load(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over weights by their names in a file. Raises ValueError if they do not fit."""
        wanted = {stored_name(name): parameter for name, parameter in self.named.items()}
        for name, parameter in wanted.items():
            found = weights.get(name)
            if found is None or found.shape != parameter.shape:
                raise ValueError(f"the adapter does not fit this model: {name}")
        if strange := sorted(set(weights) - set(wanted)):
            raise ValueError(f"the adapter does not fit this model: {strange[:3]}")
        for name, parameter in wanted.items():
            parameter.data.copy_(weights[name])


class _Block(msgspec.Struct, frozen=True):
    """The same numbers twice: as they are stored, and in a working copy, times `scale`."""

    stored: torch.Tensor
    copy: torch.Tensor
    scale: float


def _peft_name(layer: int, linear: str, letter: str) -> str:
    return f"{PREFIX}{layer}.{linear}.lora_{letter}.default.weight"


def stored_name(name: str) -> str:
    """A parameter's name in adapter_model.safetensors: without the adapter's own name."""
    return name.replace(".default.", ".")
