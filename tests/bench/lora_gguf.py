"""An adapter as llama.cpp reads it, so that it can be timed with one beside its base as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from tunedesk.engine.export_gguf import gguf_name, permuted
from tunedesk.engine.model_judge import shape_of

_PREFIX = "base_model.model."


def write_lora_gguf(base: Path, adapter: Path, path: Path) -> None:
    """Writes PEFT's `adapter` of a Llama `base`; names and fields as llama.cpp's own converter.

    Only the rows of B are reordered for q and k: B A x has the order of B's rows.
    """
    from gguf import GGUFWriter

    shape = shape_of(base)
    assert shape is not None
    writer: Any = GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    alpha = json.loads((adapter / "adapter_config.json").read_bytes())["lora_alpha"]
    writer.add_float32("adapter.lora.alpha", float(alpha))
    for name, values in sorted(load_file(adapter / "adapter_model.safetensors").items()):
        matrix, _, part = name.removeprefix(_PREFIX).partition(".lora_")
        weight = f"{matrix}.weight"
        values = values.astype(np.float32)
        ordered = permuted(weight, values, shape) if part.startswith("B") else values
        stored = np.ascontiguousarray(ordered)
        writer.add_tensor(f"{gguf_name(weight)}.lora_{part[0].lower()}", stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
