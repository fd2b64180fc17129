"""Checkpoints: the adapter in PEFT's layout, and beside the newest what resuming needs.

A checkpoint folder is written under a temporary name, synced, then renamed: it is there whole or
not at all. Only safetensors and JSON, never pickle.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tunedesk.engine.training.spec import CHECKPOINTS_FOLDER, checkpoint_folder

ADAPTER_FILE = "adapter_model.safetensors"
_OPTIMISER_FILE = "optimiser.safetensors"
_STATE_FILE = "state.json"


class Resumable:
    """What a run goes on from. `metrics` by step are those of all checkpoints so far."""

    def __init__(self, folder: Path) -> None:
        state = json.loads((folder / _STATE_FILE).read_bytes())
        self.step: int = state["step"]
        self.epoch: int = state["epoch"]
        self.trained_tokens: int = state["trained_tokens"]
        self.metrics: dict[int, dict[str, float]] = {
            int(step): metrics for step, metrics in state["metrics"].items()
        }
        self.adapter = load_file(folder / ADAPTER_FILE)
        self._optimiser = load_file(folder / _OPTIMISER_FILE)

    def restore(
        self, named: Mapping[str, torch.nn.Parameter], optimiser: torch.optim.AdamW
    ) -> None:
        """Fills the optimiser's moments for the named parameters."""
        for name, parameter in named.items():
            optimiser.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                "exp_avg": self._optimiser[f"{name}.m"],
                "exp_avg_sq": self._optimiser[f"{name}.v"],
            }


def newest(job_folder: Path) -> Resumable | None:
    """The last complete checkpoint that can be resumed from, or None."""
    parent = job_folder / CHECKPOINTS_FOLDER
    folders = [path.parent for path in parent.glob(f"step-*/{_OPTIMISER_FILE}")]
    if not folders:
        return None
    return Resumable(max(folders, key=lambda path: int(path.name.removeprefix("step-"))))


def save(
    job_folder: Path,
    model: Any,
    named: Mapping[str, torch.nn.Parameter],
    optimiser: torch.optim.AdamW,
    state: Mapping[str, Any],
) -> Path:
    """Writes the checkpoint of `state["step"]`; older ones keep their adapter only."""
    target = checkpoint_folder(job_folder, state["step"])
    parent = target.parent
    parent.mkdir(exist_ok=True)
    scratch = parent / f".{target.name}.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    model.save_pretrained(scratch, safe_serialization=True)
    _drop_card(scratch)
    save_file(_moments(named, optimiser), scratch / _OPTIMISER_FILE)
    (scratch / _STATE_FILE).write_text(json.dumps(state), encoding="utf-8")
    _sync_tree(scratch)
    shutil.rmtree(target, ignore_errors=True)
    scratch.replace(target)
    _sync(parent)
    for older in parent.glob(f"step-*/{_OPTIMISER_FILE}"):
        if older.parent != target:
            older.unlink()
    return target


def _drop_card(folder: Path) -> None:
    """PEFT adds a model card full of blanks and a path of this machine."""
    (folder / "README.md").unlink(missing_ok=True)


def _moments(
    named: Mapping[str, torch.nn.Parameter], optimiser: torch.optim.AdamW
) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, parameter in named.items():
        moments = optimiser.state[parameter]
        found[f"{name}.m"] = moments["exp_avg"].contiguous()
        found[f"{name}.v"] = moments["exp_avg_sq"].contiguous()
    return found


def _sync_tree(folder: Path) -> None:
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
