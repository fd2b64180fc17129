"""What a Llama-like network looks like, read from its `config.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

_FAMILY = frozenset({"llama", "mistral", "qwen2"})


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and constants of a decoder with RMS norms, rotary positions and a gated SiLU MLP."""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    head_size: int
    width: int
    inner_width: int
    n_vocabulary: int
    rope_theta: float
    norm_epsilon: float
    has_qkv_bias: bool
    is_tied: bool
    context_tokens: int


def read_shape(model_folder: Path) -> Shape | None:
    """The shape, or None where the network is not of this family: transformers runs it then.

    Raises OSError or ValueError if there is no readable `config.json`.
    """
    config = json.loads((model_folder / "config.json").read_bytes())
    return _shape(config) if _is_of_the_family(config) else None


def _is_of_the_family(config: Mapping[str, Any]) -> bool:
    rope = config.get("rope_scaling") or config.get("rope_parameters") or {}
    return (
        config.get("model_type") in _FAMILY
        and config.get("hidden_act", "silu") == "silu"
        and not config.get("mlp_bias")
        and not (config.get("attention_bias") and config["model_type"] == "llama")
        and not config.get("sliding_window")
        and not config.get("use_sliding_window")
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and not config.get("quantization_config")
    )


def _shape(config: Mapping[str, Any]) -> Shape:
    n_heads = config["num_attention_heads"]
    rope = config.get("rope_parameters") or {}
    return Shape(
        n_layers=config["num_hidden_layers"],
        n_heads=n_heads,
        n_kv_heads=config.get("num_key_value_heads") or n_heads,
        head_size=config.get("head_dim") or config["hidden_size"] // n_heads,
        width=config["hidden_size"],
        inner_width=config["intermediate_size"],
        n_vocabulary=config["vocab_size"],
        rope_theta=float(config.get("rope_theta") or rope.get("rope_theta") or 10_000.0),
        norm_epsilon=float(config.get("rms_norm_eps", 1e-6)),
        has_qkv_bias=config["model_type"] == "qwen2",
        is_tied=bool(config.get("tie_word_embeddings", False)),
        context_tokens=config["max_position_embeddings"],
    )
