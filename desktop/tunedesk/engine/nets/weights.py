"""The tensors of a model folder: `model.safetensors`, or its parts as their index lists them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

_WHOLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"


class Weights(Mapping[str, torch.Tensor]):
    """By name, read from disk when asked for, onto `device`."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Raises OSError, KeyError, ValueError or SafetensorError if the files are not sound."""
        self._file_of: dict[str, Any] = {}
        for path in _paths(folder):
            file = _open(path, device)
            self._file_of |= dict.fromkeys(file.keys(), file)

    def __getitem__(self, name: str) -> torch.Tensor:
        tensor: torch.Tensor = self._file_of[name].get_tensor(name)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._file_of)

    def __len__(self) -> int:
        return len(self._file_of)

    def below(self, prefix: str) -> dict[str, torch.Tensor]:
        """Those whose names begin with `prefix`, by the rest of their names."""
        names = [name for name in self if name.startswith(prefix)]
        return {name.removeprefix(prefix): self[name] for name in names}


def _open(path: Path, device: torch.device) -> Any:
    return safe_open(path, framework="pt", device=str(device))


def _paths(folder: Path) -> list[Path]:
    if (folder / _WHOLE).is_file():
        return [folder / _WHOLE]
    names = set(json.loads((folder / _INDEX).read_bytes())["weight_map"].values())
    # A name with a folder in it could lead out of the model's own.
    return [folder / Path(name).name for name in sorted(names)]
