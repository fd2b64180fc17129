"""Which type a base was found to compute faster in, kept for all later jobs.

The choice is made by the clock and decides about bits: were it made anew for each job, the same
seed would not always give the same model.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import torch

_FILE = "dtypes.json"
_KNOWN = ("bfloat16", "float32")


def recall(folder: Path, base_folder: Path) -> str | None:
    """What was chosen before, with this torch; None if nothing readable is there."""
    found = _read(folder).get(_key(base_folder))
    return found if found in _KNOWN else None


def remember(folder: Path, base_folder: Path, dtype: str) -> None:
    """Keeps a choice; where that fails it is made again, which is no harm to a job."""
    found = _read(folder) | {_key(base_folder): dtype}
    scratch = folder / f".{_FILE}.tmp"
    with contextlib.suppress(OSError):
        scratch.write_text(json.dumps(found), encoding="utf-8")
        os.replace(scratch, folder / _FILE)  # noqa: PTH105 - as in checkpoint.py


def _read(folder: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder / _FILE).read_bytes())
        if isinstance(found, dict):
            return found
    return {}


def _key(base_folder: Path) -> str:
    return f"{base_folder} torch {torch.__version__}"
