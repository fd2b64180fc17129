"""A LoRA adapter as the net wears it, read from PEFT's layout.

What reads the same input is computed together: one A over the other. The factor alpha / rank
(Hu et al., arXiv:2106.09685) is part of B.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file

from tunedesk.engine.adapter_check import ADAPTER_CONFIG, ADAPTER_FILE, require_sound_adapter
from tunedesk.engine.generation.net_lowrank import EvenLowRank, LowRank, NoChange
from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.training.net_lora import Group, groups

_NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(\w+\.\w+)\.lora_(A|B)\.weight")
_UNSERVED = ("rank_pattern", "alpha_pattern", "use_dora", "modules_to_save", "lora_bias")
_Found = dict[str, dict[str, torch.Tensor]]  # module -> {"A": …, "B": …}


class LayerAdapter(msgspec.Struct, frozen=True):
    """The changes of one layer."""

    qkv: LowRank
    o: LowRank
    gate_up: LowRank
    down: LowRank

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return sum(change.n_bytes for change in (self.qkv, self.o, self.gate_up, self.down))


class Adapter(msgspec.Struct, frozen=True):
    """The changes of all layers."""

    layers: Sequence[LayerAdapter]

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return sum(layer.n_bytes for layer in self.layers)


def read_adapter(folder: Path, shape: Shape, device: torch.device) -> Adapter:
    """Reads adapter_model.safetensors and adapter_config.json.

    Raises ValueError or OSError with a sentence if the adapter is not sound, does not fit the
    base, or asks for what is not served (DoRA, ranks that differ by module, trained biases).
    """
    factor, layers = read_pairs(folder, shape)
    return Adapter([_layer(layer, factor, shape, device) for layer in layers])


Pairs = Mapping[
    str, tuple[torch.Tensor, torch.Tensor]
]  # by module: A [rank, n_in], B [n_out, rank]


def read_pairs(folder: Path, shape: Shape) -> tuple[float, list[list[tuple[Group, Pairs]]]]:
    """alpha / rank, and the float32 matrices of each layer's four groups.

    Raises as `read_adapter`.
    """
    require_sound_adapter(folder)
    factor = _factor(json.loads((folder / ADAPTER_CONFIG).read_bytes()))
    layers = _by_layer(load_file(folder / ADAPTER_FILE), shape)
    return factor, [[(group, _pairs(found, group)) for group in groups(shape)] for found in layers]


def _factor(config: Mapping[str, Any]) -> float:
    if asked := next((key for key in _UNSERVED if config.get(key)), None):
        raise ValueError(f"The adapter uses {asked}, which cannot be served here.")
    if config.get("bias", "none") != "none":
        raise ValueError("The adapter has trained biases, which cannot be served here.")
    rank: int = config["r"]
    return float(config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank))


def _by_layer(tensors: Mapping[str, torch.Tensor], shape: Shape) -> list[_Found]:
    layers: list[_Found] = [{} for _ in range(shape.n_layers)]
    known = {module for group in groups(shape) for module, _ in group.outs}
    for name, tensor in tensors.items():
        match = _NAME.fullmatch(name)
        if not match or match[2] not in known or int(match[1]) >= shape.n_layers:
            raise ValueError(f"The adapter changes {name[:100]!r}, which this base does not have.")
        layers[int(match[1])].setdefault(match[2], {})[match[3]] = tensor
    return layers


def _layer(
    layer: Sequence[tuple[Group, Pairs]], factor: float, shape: Shape, device: torch.device
) -> LayerAdapter:
    changes = []
    for group, pairs in layer:
        scaled = {m: (a, _placed(m, b * factor, shape)) for m, (a, b) in pairs.items()}
        changes.append(_joined(group, scaled, device))
    return LayerAdapter(*changes)


def _pairs(found: _Found, group: Group) -> Pairs:
    return {m: _pair(m, found[m], group.n_in, n) for m, n in group.outs if m in found}


def _pair(
    module: str, found: Mapping[str, torch.Tensor], n_in: int, n_out: int
) -> tuple[torch.Tensor, torch.Tensor]:
    if found.keys() != {"A", "B"}:
        raise ValueError(f"The adapter has only half of what {module} needs.")
    a, b = found["A"].float(), found["B"].float()
    if tuple(a.shape) != (len(a), n_in) or tuple(b.shape) != (n_out, len(a)):
        text = f"The adapter's matrices for {module} are {list(a.shape)} and {list(b.shape)};"
        raise ValueError(f"{text} this base needs [rank, {n_in}] and [{n_out}, rank].")
    return a, b


def _placed(module: str, b: torch.Tensor, shape: Shape) -> torch.Tensor:
    return interleaved(b, shape) if module.endswith(("q_proj", "k_proj")) else b


def interleaved(rows: torch.Tensor, shape: Shape) -> torch.Tensor:
    """Outputs of queries or keys in the order that the net wants: 0, half, 1, half + 1, …"""
    heads = rows.view(-1, 2, shape.head_size // 2, *rows.shape[1:])
    return heads.transpose(1, 2).reshape(rows.shape)


def _joined(group: Group, pairs: Pairs, device: torch.device) -> LowRank:
    if not pairs:
        return NoChange()
    a = torch.cat([a for a, _ in pairs.values()]).to(device)
    is_even = len({b.shape for _, b in pairs.values()}) == 1
    if is_even and len(pairs) == len(group.outs) > 1:
        return EvenLowRank(a, torch.stack([b.t() for _, b in pairs.values()]).to(device))
    return LowRank(a, _diagonal(group, pairs).to(device))


def _diagonal(group: Group, pairs: Pairs) -> torch.Tensor:
    """Each B, transposed, as a block: from its own ranks to its own outputs."""
    whole = torch.zeros(sum(len(a) for a, _ in pairs.values()), group.n_out)
    row = column = 0
    for module, n_out in group.outs:
        if module in pairs:
            a, b = pairs[module]
            whole[row : row + len(a), column : column + n_out] = b.t()
            row += len(a)
        column += n_out
    return whole
