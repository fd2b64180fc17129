"""A base model with an adapter added to its weights, one tensor at a time and in float32.

Memory stays at a few tensors, however large the model is. W + scale · B·A, as in the LoRA paper
(Hu et al., 2021, section 4.1), with PEFT's names: `base_model.model.<layer>.lora_A.weight`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tunedesk.engine.adapter_check import ADAPTER_CONFIG, ADAPTER_FILE, require_sound_adapter
from tunedesk.engine.model_files import ModelRefusedError, weight_files

_PREFIX = "base_model.model."
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"


class Merged:
    """Tensors of `base_folder` by name, those that `adapter` changes changed.

    Raises ModelRefusedError if the adapter is unsound or changes what the base does not have.
    """

    def __init__(self, base_folder: Path, adapter: Path | None) -> None:
        self.parts = weight_files(base_folder)
        self._pairs: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._scale = 0.0
        self._part_of = {name: part for part in self.parts for name in _names(part)}
        if adapter is not None:
            self._load(adapter)
        if strange := self._pairs.keys() - self._part_of.keys():
            text = f"The adapter changes {min(strange)}, which the base model does not have."
            raise ModelRefusedError(text)

    @property
    def names(self) -> list[str]:
        """Of all tensors, part after part."""
        return list(self._part_of)

    def names_in(self, part: Path) -> list[str]:
        """Of one part's tensors."""
        return [name for name, place in self._part_of.items() if place == part]

    def tensors(self, names: list[str]) -> Iterator[tuple[str, torch.Tensor]]:
        """Each in float32 if it is a number with a fraction, else as it is."""
        for name in names:
            with safe_open(self._part_of[name], framework="pt") as stream:
                tensor: torch.Tensor = stream.get_tensor(name)
            yield name, self._changed(name, tensor)

    def _changed(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        if not tensor.is_floating_point():
            return tensor
        weight = tensor.float()
        if name in self._pairs:
            down, up = self._pairs[name]
            change = (up @ down) * self._scale
            if change.shape != weight.shape:
                raise ModelRefusedError(f"The adapter does not fit {name} of the base model.")
            weight += change
        return weight

    def _load(self, adapter: Path) -> None:
        require_sound_adapter(adapter)
        config = json.loads((adapter / ADAPTER_CONFIG).read_bytes())
        if config.get("use_dora") or config.get("fan_in_fan_out") or config.get("rank_pattern"):
            raise ModelRefusedError("The adapter is of a kind that cannot be merged here.")
        rank = config["r"]
        self._scale = config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank)
        weights = load_file(adapter / ADAPTER_FILE)
        for name in [name for name in weights if name.endswith(_DOWN)]:
            layer = name.removesuffix(_DOWN)
            up = weights.get(layer + _UP)
            if up is None:
                raise ModelRefusedError(f"The adapter lacks {layer}{_UP}.")
            plain = layer.removeprefix(_PREFIX) + ".weight"
            self._pairs[plain] = (weights[name].float(), up.float())
        if len(weights) != 2 * len(self._pairs):
            raise ModelRefusedError("The adapter holds more than changes of linear layers.")


def _names(part: Path) -> list[str]:
    with safe_open(part, framework="pt") as stream:
        return list(stream.keys())
