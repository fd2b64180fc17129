"""How many tokens of conversation the free memory has room for, and what running out looks like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tunedesk.core.free_memory import free_memory_bytes
from tunedesk.engine.nets.shape import read_shape

_SHARE = 4  # the rest of the free memory is left to training and to other programs
_NUMBER_BYTES = 4  # the widest any of our nets keeps a key or value
_READ_AHEAD_BYTES = 2  # the exact net's own, beside that of the quick one
_UNKNOWN_BYTES = 4 * 2**30  # where the system does not say what is free
_WORDS = ("not enough memory", "out of memory", "can't allocate memory", "bad_alloc")


def room_tokens(model_folder: Path, *, is_exact: bool = False) -> int:
    """Tokens that all conversations of one base may hold together, from what is free now."""
    number_bytes = _NUMBER_BYTES + (_READ_AHEAD_BYTES if is_exact else 0)
    return max(1, _free_bytes() // _SHARE // (_numbers_a_token(model_folder) * number_bytes))


def is_out_of_memory(error: BaseException) -> bool:
    """True if `error` says that memory could not be had, in any of the ways torch says it."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _WORDS)


def _numbers_a_token(model_folder: Path) -> int:
    shape = read_shape(model_folder)
    if shape is not None:
        width = shape.n_kv_heads * shape.head_size
        return 2 * shape.n_layers * width
    config: dict[str, Any] = json.loads((model_folder / "config.json").read_bytes())
    width = config.get("hidden_size", 4096)
    return int(2 * config.get("num_hidden_layers", 32) * width)


def _free_bytes() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    told = free_memory_bytes()
    return _UNKNOWN_BYTES if told is None else told
