"""Puts a net together from a model folder: plain weights as they lie on disk, packed ones beside.

The plain weights are mapped, not read: they are needed for prompts, and what is not used takes no
memory. The packed ones are for answers, a third of the bytes at the same accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import torch

from tunedesk.engine.generation import net_store
from tunedesk.engine.generation.net import Layer, Net, Trunk
from tunedesk.engine.generation.net_adapter import interleaved
from tunedesk.engine.generation.net_levels import find_levels
from tunedesk.engine.generation.net_linear import (
    EightBitHead,
    FourBitHead,
    FourBitLinear,
    HalfLinear,
    Linear,
    PlainLinear,
    has_quick_kernels,
    pack_eight_bits,
    pack_four_bits,
    round_to_levels,
)
from tunedesk.engine.generation.net_store import Tensors
from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.nets.weights import Weights

_HEAD = "head"


class Parts:
    """A model's matrices as the net groups them."""

    def __init__(
        self, folder: Path, shape: Shape, device: torch.device, dtype: torch.dtype
    ) -> None:
        """Raises OSError, ValueError, KeyError or SafetensorError for unsound files."""
        self._weights = Weights(folder, torch.device("cpu"))
        self._shape = shape
        self._device = device
        self._dtype = dtype
        self.embedding = self._get("model.embed_tokens.weight")
        self.head = self.embedding if shape.is_tied else self._get("lm_head.weight")

    def _get(self, name: str) -> torch.Tensor:
        return self._weights[name].to(device=self._device, dtype=self._dtype)

    def norm(self, name: str) -> torch.Tensor:
        """A norm's weights in float32, times sqrt(width)."""
        factor = math.sqrt(self._shape.width)
        return self._weights[f"{name}.weight"].to(self._device, torch.float32) * factor

    def norms(self, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Those before the attention and before the rest."""
        name = f"model.layers.{layer}"
        return self.norm(f"{name}.input_layernorm"), self.norm(f"{name}.post_attention_layernorm")

    def qkv(self, layer: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """One matrix, and its bias if there is one; queries and keys interleaved."""
        matrix = self._qkv(layer, "weight")
        has_bias = self._shape.has_qkv_bias
        return matrix, self._qkv(layer, "bias").float() if has_bias else None

    def _qkv(self, layer: int, kind: str) -> torch.Tensor:
        q, k, v = (
            self._get(f"model.layers.{layer}.self_attn.{name}_proj.{kind}") for name in "qkv"
        )
        return torch.cat([interleaved(q, self._shape), interleaved(k, self._shape), v])

    def others(self, layer: int) -> dict[str, list[torch.Tensor]]:
        """The other groups: matrices whose outputs stand side by side."""
        name = f"model.layers.{layer}"
        return {
            "o": [self._get(f"{name}.self_attn.o_proj.weight")],
            "gate_up": [self._get(f"{name}.mlp.{part}_proj.weight") for part in ("gate", "up")],
            "down": [self._get(f"{name}.mlp.down_proj.weight")],
        }


def build_net(
    folder: Path, shape: Shape, device: torch.device, dtype: torch.dtype = torch.bfloat16
) -> Net:
    """The network of `folder`, its matrices in `dtype`; packed as well where that is quicker.

    Raises OSError, ValueError, KeyError or SafetensorError for unsound files.
    """
    parts = Parts(folder, shape, device, dtype)
    if device.type != "cpu" or dtype != torch.bfloat16 or not has_quick_kernels():
        plain = Trunk(
            [_plain_layer(parts, index) for index in range(shape.n_layers)],
            PlainLinear([parts.head]),
        )
        return Net(shape, parts.embedding, parts.norm("model.norm"), plain, plain)
    packed = _packed(folder, parts, shape)
    head = EightBitHead(packed[f"{_HEAD}.weights"], packed[f"{_HEAD}.scales"], parts.head)
    return _two_trunks(parts, shape, packed, head)


def build_draft(folder: Path, shape: Shape) -> Net | None:
    """Quicker still, and only good for guesses: every matrix in 4 bits, whatever was lost.

    None where it would not be quick. Raises as `build_net`.
    """
    if not has_quick_kernels():
        return None
    parts = Parts(folder, shape, torch.device("cpu"), torch.bfloat16)
    packed = _packed(folder, parts, shape)
    rounded = net_store.load(folder, net_store.DRAFT_FILE)
    if rounded is None:
        rounded = _round(parts, shape, packed)
        net_store.save(folder, rounded, net_store.DRAFT_FILE)
    name = f"{_HEAD}.weights"
    if name not in rounded:
        return None
    head = FourBitHead(rounded[name], rounded[f"{_HEAD}.scales"], parts.head)
    return _two_trunks(parts, shape, packed | rounded, head)


def _two_trunks(parts: Parts, shape: Shape, packed: Tensors, head: Linear) -> Net:
    layers = [_two_layers(parts, packed, index) for index in range(shape.n_layers)]
    quick, plain = (Trunk(kind, head) for kind in zip(*layers, strict=True))
    return Net(shape, parts.embedding, parts.norm("model.norm"), quick, plain)


def _plain_layer(parts: Parts, layer: int) -> Layer:
    matrix, bias = parts.qkv(layer)
    others = {group: PlainLinear(found) for group, found in parts.others(layer).items()}
    return Layer(norms=parts.norms(layer), qkv=PlainLinear([matrix], bias), **others)


def _two_layers(parts: Parts, packed: Tensors, layer: int) -> tuple[Layer, Layer]:
    """A layer for few tokens and one for many."""
    matrix, bias = parts.qkv(layer)
    groups = {"qkv": [matrix], **parts.others(layer)}
    quick: dict[str, Linear] = {}
    plain: dict[str, Linear] = {}
    for group, matrices in groups.items():
        own_bias = bias if group == "qkv" else None
        plain[group] = PlainLinear(matrices, own_bias)
        four_bits = _four_bits(packed, f"{layer}.{group}", own_bias)
        quick[group] = four_bits or _half(matrices, own_bias) or plain[group]
    norms = parts.norms(layer)
    return Layer(norms=norms, **quick), Layer(norms=norms, **plain)


def _half(matrices: list[torch.Tensor], bias: torch.Tensor | None) -> Linear | None:
    try:
        return HalfLinear(matrices, bias)
    except OverflowError:
        return None


def _four_bits(packed: Tensors, name: str, bias: torch.Tensor | None) -> Linear | None:
    weights = packed.get(f"{name}.weights")
    return None if weights is None else FourBitLinear(weights, packed[f"{name}.scales"], bias)


def _packed(folder: Path, parts: Parts, shape: Shape) -> Tensors:
    """From the file beside the model; else found, and written there."""
    found = net_store.load(folder)
    if found is None:
        found = _pack(parts, shape)
        net_store.save(folder, found)
    return found


def _pack(parts: Parts, shape: Shape) -> Tensors:
    packed: Tensors = {}
    for name, matrix in _groups(parts, shape):
        levels = find_levels(matrix)
        if levels is not None:
            _put(packed, name, pack_four_bits(levels))
    _put(packed, _HEAD, pack_eight_bits(parts.head))
    return packed


def _round(parts: Parts, shape: Shape, packed: Tensors) -> Tensors:
    """What `packed` has not in 4 bits, rounded to them: the head, and what had no levels."""
    rounded: Tensors = {}
    left = ((name, m) for name, m in _groups(parts, shape) if f"{name}.weights" not in packed)
    for name, matrix in chain(left, [(_HEAD, parts.head)]):
        levels = round_to_levels(matrix)
        if levels is not None:
            _put(rounded, name, pack_four_bits(levels))
    return rounded


def _groups(parts: Parts, shape: Shape) -> Iterator[tuple[str, torch.Tensor]]:
    """Each group of matrices as one, under the name that its packed weights have."""
    for layer in range(shape.n_layers):
        for group, matrices in {"qkv": [parts.qkv(layer)[0]], **parts.others(layer)}.items():
            yield f"{layer}.{group}", torch.cat(matrices)


def _put(packed: Tensors, name: str, pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    packed[f"{name}.weights"], packed[f"{name}.scales"] = pair
