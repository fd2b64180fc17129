"""Packed weights in a file beside the model, so that they are found only once.

The file is for this computer: its layout is that of this processor's kernels and of this torch.
It is made anew whenever it is missing, foreign or older than the model; nothing depends on it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from tunedesk.engine.model_files import weight_files

FILE = "packed-weights.cache"
DRAFT_FILE = "packed-draft.cache"
_VERSION = "1"
_PREFIX = ".packed-"

Tensors = dict[str, torch.Tensor]


def load(folder: Path, file: str = FILE) -> Tensors | None:
    """What `save` wrote for just this model, torch and processor; None if there is no such."""
    try:
        with safe_open(folder / file, framework="pt") as stream:
            if stream.metadata() != _stamp(folder):
                return None
            # Own memory: the kernels want it aligned, and the file may be replaced.
            names: list[str] = stream.keys()
            return {name: stream.get_tensor(name).clone() for name in names}
    except (OSError, SafetensorError):
        return None


def save(folder: Path, tensors: Mapping[str, torch.Tensor], file: str = FILE) -> None:
    """Writes the file, whole or not at all. Where that is impossible it does nothing."""
    with contextlib.suppress(OSError, SafetensorError):
        for left_over in folder.glob(_PREFIX + "*"):
            left_over.unlink()
        handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
        os.close(handle)
        try:
            save_file(dict(tensors), name, _stamp(folder))
            Path(name).replace(folder / file)
        finally:
            Path(name).unlink(missing_ok=True)


def _stamp(folder: Path) -> dict[str, str]:
    """What the file depends on. Raises OSError if the model's files are gone."""
    states = [(path.name, path.stat()) for path in weight_files(folder)]
    return {
        "version": _VERSION,
        "torch": torch.__version__,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "weights": "; ".join(f"{name} {s.st_size} {s.st_mtime_ns}" for name, s in states),
    }
