"""Which tensors a network of the Llama family has, to compare with what a folder holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.safetensors_check import TensorInfo

_FLOATS = frozenset({"F16", "BF16", "F32", "F64"})

Sizes = tuple[int, ...]


def require_tensors(shape: Shape, tensors: Mapping[str, TensorInfo]) -> None:
    """Raises ModelRefusedError for the first tensor that is missing or of another shape.

    A loader would fill a missing one with noise, and say so only in its log.
    """
    for name, sizes in expected(shape):
        found = tensors.get(name)
        if found is None:
            raise ModelRefusedError(f"The weights lack {name}, which config.json asks for.")
        if found.shape != sizes or found.dtype not in _FLOATS:
            text = f"{name} is {found.dtype} {list(found.shape)}; config.json asks for numbers"
            raise ModelRefusedError(f"{text} of {list(sizes)}.")


def expected(shape: Shape) -> Iterator[tuple[str, Sizes]]:
    """Name and sizes of every tensor."""
    yield "model.embed_tokens.weight", (shape.n_vocabulary, shape.width)
    yield "model.norm.weight", (shape.width,)
    if not shape.is_tied:
        yield "lm_head.weight", (shape.n_vocabulary, shape.width)
    for layer in range(shape.n_layers):
        for name, sizes in _layer(shape):
            yield f"model.layers.{layer}.{name}", sizes


def _layer(shape: Shape) -> Iterator[tuple[str, Sizes]]:
    width, inner = shape.width, shape.inner_width
    heads, kv_heads = shape.n_heads * shape.head_size, shape.n_kv_heads * shape.head_size
    yield "input_layernorm.weight", (width,)
    yield "post_attention_layernorm.weight", (width,)
    for name, rows in (("q_proj", heads), ("k_proj", kv_heads), ("v_proj", kv_heads)):
        yield f"self_attn.{name}.weight", (rows, width)
        if shape.has_qkv_bias:
            yield f"self_attn.{name}.bias", (rows,)
    yield "self_attn.o_proj.weight", (width, heads)
    yield "mlp.gate_proj.weight", (inner, width)
    yield "mlp.up_proj.weight", (inner, width)
    yield "mlp.down_proj.weight", (width, inner)
