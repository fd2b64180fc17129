"""Folders of a tuned model: an adapter with random changes, and its base with it merged."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from tunedesk.engine.merge import Merged
from tunedesk.engine.training.model import Trainee


def random_adapter(base: Path, folder: Path, rank: int = 16, seed: int = 1) -> None:
    """An adapter on all seven linear layers, as large in effect as a short training's."""
    trainee = Trainee(base, rank=rank, alpha=2 * rank, seed=seed, pad_id=0, device="cpu")
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in trainee.named.items():
            if ".lora_B." in name:
                parameter.normal_(std=0.01)
    trainee.save_adapter(folder)


def merge_into(base: Path, adapter: Path, folder: Path) -> None:
    """A model folder whose weights are the base's with the adapter's changes, in bfloat16."""
    folder.mkdir()
    for path in base.iterdir():
        if path.suffix not in (".safetensors", ".cache"):
            shutil.copy(path, folder)
    merged = Merged(base, adapter)
    tensors = {name: tensor.bfloat16() for name, tensor in merged.tensors(merged.names)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
