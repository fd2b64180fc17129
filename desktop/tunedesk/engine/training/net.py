"""The Llama family with LoRA, trained without transformers, PEFT or autograd inside the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.nets.weights import Weights
from tunedesk.engine.training.adapter_files import save
from tunedesk.engine.training.net_attention import Grid
from tunedesk.engine.training.net_greedy import greedy
from tunedesk.engine.training.net_head import TargetLosses
from tunedesk.engine.training.net_layer import Kept, Layer, Place
from tunedesk.engine.training.net_lora import Adapter
from tunedesk.engine.training.net_parts import Norm, Rotary
from tunedesk.engine.training.packing import Packed
from tunedesk.engine.training.rows import Row
from tunedesk.engine.training.steady import steady

_KEEP_TOKENS = 1024  # above, layers are computed anew in the backward pass, to save memory


class LlamaNet:
    """A `Net` (see model.py) of this shape."""

    def __init__(
        self,
        base_folder: Path,
        shape: Shape,
        *,
        rank: int,
        alpha: int,
        seed: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        """Raises OSError, KeyError or SafetensorError if weights are missing or damaged."""
        weights = Weights(base_folder, device)
        self.shape = shape
        self._device = device
        self._dtype = dtype
        self.embedding = weights["model.embed_tokens.weight"].to(dtype, copy=True)
        self.head = self.embedding if shape.is_tied else weights["lm_head.weight"].to(dtype)
        self.norm = Norm(weights["model.norm.weight"], shape.norm_epsilon, dtype)
        self.layers = [
            Layer(weights.below(f"model.layers.{i}."), shape, dtype) for i in range(shape.n_layers)
        ]
        self.adapter = Adapter(shape, rank=rank, alpha=alpha, seed=seed, device=device, dtype=dtype)
        self.named = self.adapter.named
        self._anchor = torch.zeros(0, requires_grad=True)

    def target_losses(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of each target in nats, row after row, and whether it was the likeliest token."""
        packed = Packed(rows)
        trunk: Any = _Trunk.apply
        hidden = trunk(self._anchor, self, packed, torch.is_grad_enabled())
        found: Any = TargetLosses.apply
        losses, right = found(hidden, self.head, packed.targets.to(self._device))
        return losses, right

    def forward(self, packed: Packed, keep: bool) -> tuple[torch.Tensor, Trace]:
        """The normed hidden vectors where a target is, and what `backward` needs."""
        self.adapter.refresh()
        trace = Trace(packed, self._place(packed), self._device)
        with steady(len(trace.slots), self._dtype):
            return self._through(packed, trace, keep), trace

    def _through(self, packed: Packed, trace: Trace, keep: bool) -> torch.Tensor:
        x = self.embedding[packed.tokens.to(self._device)].float()
        for number, layer in enumerate(self.layers):
            before = x
            x, kept = layer(
                before, self.adapter.pairs(number), trace.place, self._only(trace, number)
            )
            if keep:
                trace.kept.append(before if trace.recomputes else kept)
        normed, trace.inverse = self.norm(x)
        trace.x = x
        return normed[trace.places]

    def _only(self, trace: Trace, number: int) -> torch.Tensor | None:
        """Behind the last layer's attention only the slots with a target matter."""
        return trace.slots if number == len(self.layers) - 1 else None

    def _place(self, packed: Packed) -> Place:
        positions = packed.positions.to(self._device)
        return Place(
            Grid(packed, self.shape, self._device), Rotary(positions, self.shape, self._dtype)
        )

    def backward(self, dhidden: torch.Tensor, trace: Trace) -> None:
        """Adds the adapter's gradients for that of `forward`'s hidden vectors."""
        with steady(len(trace.slots), self._dtype):
            self._back(dhidden, trace)

    def _back(self, dhidden: torch.Tensor, trace: Trace) -> None:
        dnormed = torch.zeros_like(trace.x).index_add_(0, trace.places, dhidden.float())
        dx = torch.zeros_like(trace.x)
        self.norm.add_backward(dx, dnormed, trace.x, trace.inverse)
        for number in reversed(range(len(self.layers))):
            layer, loras, only = (
                self.layers[number],
                self.adapter.pairs(number),
                self._only(trace, number),
            )
            kept = trace.kept.pop()
            if not isinstance(kept, Kept):
                _, kept = layer(kept, loras, trace.place, only)
            dx = layer.backward(dx, kept, loras, trace.place, only=only, is_first=number == 0)
        self.adapter.collect()

    def numbers(self) -> list[torch.Tensor]:
        """The adapter's numbers, all in one tensor."""
        return [self.adapter.flat]

    def gradients(self) -> list[torch.Tensor]:
        """Their gradients, in the same way."""
        return [self.adapter.gradient]

    def parts(self, like_numbers: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
        """What belongs to each parameter in tensors like `numbers`."""
        return dict(self.adapter.parts(like_numbers[0]))

    def load_adapter(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over a saved adapter. Raises ValueError if it does not fit."""
        self.adapter.load(weights)

    def save_adapter(self, folder: Path) -> None:
        """Writes the adapter in PEFT's layout."""
        save(self.adapter, folder)

    def greedy(self, tokens: Sequence[int], max_tokens: int, end_ids: frozenset[int]) -> list[int]:
        """The likeliest answer to `tokens`, without its end token."""
        return greedy(self, tokens, max_tokens, end_ids)


class Trace:
    """What a forward pass leaves for its backward pass."""

    def __init__(self, packed: Packed, place: Place, device: torch.device) -> None:
        self.place = place
        slots, places = torch.unique(packed.target_slots, return_inverse=True)
        self.slots, self.places = slots.to(device), places.to(device)
        self.recomputes = packed.n_slots > _KEEP_TOKENS
        self.kept: list[Kept | torch.Tensor] = []
        self.x = self.inverse = torch.empty(0)


class _Trunk(torch.autograd.Function):
    """The network as one node of autograd's graph.

    The adapter's gradients do not go through the graph: `backward` adds them where they belong.
    `anchor` is an empty tensor that wants a gradient, without which the node would be left out.
    """

    @staticmethod
    def forward(
        ctx: Any, anchor: torch.Tensor, net: LlamaNet, packed: Packed, keep: bool
    ) -> torch.Tensor:
        hidden, ctx.trace = net.forward(packed, keep)
        ctx.net = net
        return hidden

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, None, None, None]:
        ctx.net.backward(gradients[0], ctx.trace)
        return None, None, None, None
