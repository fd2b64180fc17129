"""Writes a model of the Llama family as a GGUF file, with the `gguf` library of llama.cpp.

Names, row order and fields are llama.cpp's conventions for the architectures "llama" and
"qwen2" (its convert_hf_to_gguf). Norms and biases stay float32, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tunedesk.engine import model_files as files
from tunedesk.engine.gguf_convert import LAYER_NAMES, TOP_NAMES
from tunedesk.engine.gguf_tokenizer import add_tokenizer
from tunedesk.engine.merge import Merged
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.model_judge import shape_of
from tunedesk.engine.model_orders import GgufType, Tell
from tunedesk.engine.nets.shape import Shape

_BLOCK = 32  # Q8_0 quantises so many weights of a row together
_LAYER = "model.layers."

Floats = npt.NDArray[np.float32]


def write_gguf(
    merged: Merged, base: Path, path: Path, name: str, gguf_type: GgufType, tell: Tell
) -> None:
    """Writes `path`. Raises ModelRefusedError for what this format is not written for here."""
    from gguf import GGUFWriter

    shape = shape_of(base)
    config = files.read_json(base, files.CONFIG)
    if shape is None or config["model_type"] not in ("llama", "mistral", "qwen2"):
        raise ModelRefusedError(
            f"A {config['model_type']} network cannot be written as GGUF here.",
            "Export it merged, then use llama.cpp's own converter.",
        )
    kind = "qwen2" if config["model_type"] == "qwen2" else "llama"
    writer: Any = GGUFWriter(str(path), kind)
    _add_shape(writer, shape, name, gguf_type)
    add_tokenizer(writer, base)
    names = [name for name in merged.names if gguf_name(name) is not None]
    if shape.is_tied:
        names = [name for name in names if name != "lm_head.weight"]
    sizes = _sizes(merged, names)
    for name in names:
        _announce(writer, gguf_name(name) or "", sizes[name], gguf_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for at, (name, tensor) in enumerate(merged.tensors(names)):
        values = permuted(name, tensor.numpy(), shape) if kind == "llama" else tensor.numpy()
        writer.write_tensor_data(_stored(values, gguf_type))
        if at % 16 == 0:
            tell("Writing the GGUF file", at / len(names))
    writer.close()


def gguf_name(name: str) -> str | None:
    """llama.cpp's name of a tensor; None for one it does not want (rotary tables)."""
    if name in _TOP:
        return _TOP[name]
    parts = name.removeprefix(_LAYER).split(".")
    part = _PARTS.get(".".join(parts[1:-1]))
    return None if part is None else f"blk.{parts[0]}.{part}.{parts[-1]}"


_TOP = {theirs: ours for ours, theirs in TOP_NAMES.items()}
_PARTS = {theirs: ours for ours, theirs in LAYER_NAMES.items()}


def _add_shape(writer: Any, shape: Shape, name: str, gguf_type: GgufType) -> None:
    from gguf import LlamaFileType

    kinds = {
        "bf16": LlamaFileType.MOSTLY_BF16,
        "f16": LlamaFileType.MOSTLY_F16,
        "q8_0": LlamaFileType.MOSTLY_Q8_0,
    }
    writer.add_name(name)
    writer.add_file_type(kinds[gguf_type])
    writer.add_context_length(shape.context_tokens)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.n_layers)
    writer.add_feed_forward_length(shape.inner_width)
    writer.add_head_count(shape.n_heads)
    writer.add_head_count_kv(shape.n_kv_heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_vocab_size(shape.n_vocabulary)


def _sizes(merged: Merged, names: list[str]) -> Mapping[str, tuple[int, ...]]:
    from tunedesk.engine.safetensors_check import read_header

    known = {name: info.shape for part in merged.parts for name, info in read_header(part).items()}
    return {name: known[name] for name in names}


def _type_of(sizes: tuple[int, ...], gguf_type: GgufType) -> Any:
    from gguf import GGMLQuantizationType as Type

    if len(sizes) == 1:
        return Type.F32
    if gguf_type == "q8_0":
        return Type.Q8_0 if sizes[-1] % _BLOCK == 0 else Type.F16
    return Type.BF16 if gguf_type == "bf16" else Type.F16


def _announce(writer: Any, name: str, sizes: tuple[int, ...], gguf_type: GgufType) -> None:
    """The header comes before the data, so sizes are told first. Quantised rows count in bytes."""
    from gguf.quants import quant_shape_to_byte_shape

    kind = _type_of(sizes, gguf_type)
    if kind.name in ("F32", "F16"):
        dtype = np.dtype(np.float32 if kind.name == "F32" else np.float16)
        n_bytes = int(np.prod(sizes)) * dtype.itemsize
        writer.add_tensor_info(name, sizes, dtype, n_bytes)
        return
    in_bytes = quant_shape_to_byte_shape(sizes, kind)
    n_bytes = int(np.prod(in_bytes))
    writer.add_tensor_info(name, in_bytes, np.dtype(np.uint8), n_bytes, raw_dtype=kind)


def _stored(values: Floats, gguf_type: GgufType) -> npt.NDArray[Any]:
    from gguf.quants import quantize

    kind = _type_of(values.shape, gguf_type)
    return quantize(np.ascontiguousarray(values, dtype=np.float32), kind)


def permuted(name: str, values: Floats, shape: Shape) -> Floats:
    """The rows of q and k in the order that llama.cpp's rotary positions want."""
    if name.endswith(("self_attn.q_proj.weight", "self_attn.q_proj.bias")):
        heads = shape.n_heads
    elif name.endswith(("self_attn.k_proj.weight", "self_attn.k_proj.bias")):
        heads = shape.n_kv_heads
    else:
        return values
    rest = values.shape[1:]
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *rest)
    return halves.swapaxes(1, 2).reshape(values.shape)
