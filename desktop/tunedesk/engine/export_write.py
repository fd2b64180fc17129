"""Writes an export into an empty folder; run in a worker process (see `export`)."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine import model_files as files
from tunedesk.engine.adapter_check import ADAPTER_CONFIG, ADAPTER_FILE, require_sound_adapter
from tunedesk.engine.merge import Merged
from tunedesk.engine.model_orders import Export, Tell
from tunedesk.engine.safetensors_check import TensorInfo, read_header

_SMALL = (
    files.CONFIG,
    files.GENERATION_CONFIG,
    files.TOKENIZER,
    files.TOKENIZER_CONFIG,
    files.TEMPLATE,
)
_FRACTIONS = frozenset({"F16", "BF16", "F32", "F64", "F8_E5M2", "F8_E4M3"})


def write_export(order: Export, tell: Tell) -> None:
    """Raises ModelRefusedError with the reason if it cannot be."""
    folder, base = Path(order.folder), Path(order.base_folder)
    adapter = None if order.adapter is None else Path(order.adapter)
    if order.kind == "adapter":
        assert adapter is not None  # `export` refused a base
        _write_adapter(adapter, order.base_id, folder)
    elif order.kind == "merged":
        _write_merged(Merged(base, adapter), base, folder, tell)
    else:
        from tunedesk.engine.export_gguf import write_gguf

        merged = Merged(base, adapter)
        write_gguf(merged, base, folder / f"{order.name}.gguf", order.name, order.gguf_type, tell)


def _write_adapter(adapter: Path, base_id: str, folder: Path) -> None:
    """PEFT's layout. The base is named by its id: a path of this machine helps nobody."""
    require_sound_adapter(adapter)
    shutil.copyfile(adapter / ADAPTER_FILE, folder / ADAPTER_FILE)
    config = json.loads((adapter / ADAPTER_CONFIG).read_bytes())
    _write_json(folder / ADAPTER_CONFIG, {**config, "base_model_name_or_path": base_id})


def _write_merged(merged: Merged, base: Path, folder: Path, tell: Tell) -> None:
    total_bytes, done = 0, 0
    for part in merged.parts:
        names = merged.names_in(part)
        total_bytes += _write_part(merged, names, part, folder / part.name)
        done += len(names)
        tell(f"Written {part.name}", done / len(merged.names))
    if (base / files.INDEX).is_file():
        index = files.read_json(base, files.INDEX)
        index["metadata"] = {"total_size": total_bytes}
        _write_json(folder / files.INDEX, index)
    for name in _SMALL:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    config = files.read_json(base, files.CONFIG)
    for key in ("auto_map", "torch_dtype", "_name_or_path"):
        config.pop(key, None)
    _write_json(folder / files.CONFIG, {**config, "dtype": "bfloat16"})


def _write_part(merged: Merged, names: list[str], part: Path, path: Path) -> int:
    """Fractions as bf16, tensor after tensor; returns the bytes of the data."""
    before = read_header(part)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name in names:
        dtype, n_bytes = _size(before[name])
        place = [at, at + n_bytes]
        header[name] = {"dtype": dtype, "shape": before[name].shape, "data_offsets": place}
        at += n_bytes
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)  # the format wants the data aligned
    with path.open("wb") as stream:
        stream.write(len(raw).to_bytes(8, "little") + raw)
        for _, tensor in merged.tensors(names):
            stream.write(_bytes(tensor))
        os.fsync(stream.fileno())
    return at


def _size(info: TensorInfo) -> tuple[str, int]:
    if info.dtype in _FRACTIONS:
        return "BF16", 2 * math.prod(info.shape)
    return info.dtype, info.end - info.start


def _bytes(tensor: torch.Tensor) -> bytes:
    values = tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor
    return values.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
