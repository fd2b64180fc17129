"""Turns a GGUF file of the Llama family into a Hugging Face model folder, once.

Loading the GGUF through transformers takes 23 s at each start and cannot be saved again;
reading this module's output takes 2 s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_CONTROL_TOKEN = 3  # token_type of special tokens in GGUF
_NETWORKS = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}
_PRE_TOKENIZER = "smollm"

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def knows_network(meta: dict[str, Any], names: Iterable[str]) -> bool:
    """Whether `write_weights` and `write_config` are right for this file's tensors."""
    return meta.get("general.architecture") in _NETWORKS and all(
        name in TOP_NAMES or _layer_part(name) in LAYER_NAMES for name in names
    )


def knows_tokenizer(meta: dict[str, Any]) -> bool:
    """Whether `write_tokenizer` builds the tokens that this file means."""
    return (
        meta.get("tokenizer.ggml.model") == "gpt2"
        and meta.get("tokenizer.ggml.pre") == _PRE_TOKENIZER
    )


def convert(gguf_path: Path, folder: Path) -> None:
    """Writes model.safetensors (bf16), config.json, tokenizer files and chat template.

    `folder` must exist and be empty. Raises ValueError for a network or a tokenizer that only
    transformers knows (see `gguf_read`).
    """
    from gguf import GGUFReader

    reader = GGUFReader(str(gguf_path))
    meta = metadata(reader)
    if not knows_network(meta, [tensor.name for tensor in reader.tensors]):
        raise ValueError(f"unknown network {meta.get('general.architecture')!r}")
    if not knows_tokenizer(meta):
        raise ValueError(f"unknown pre-tokenizer {meta.get('tokenizer.ggml.pre')!r}")
    write_config(meta, reader, folder)
    write_tokenizer(meta, folder)
    write_weights(meta, reader, folder / "model.safetensors")


def metadata(reader: Any) -> dict[str, Any]:
    """The file's own fields."""
    return {name: field.contents() for name, field in reader.fields.items()}


def write_weights(meta: dict[str, Any], reader: Any, path: Path) -> None:
    """All tensors as bf16."""
    import torch
    from gguf.quants import dequantize
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = np.ascontiguousarray(_unpermuted(tensor.name, values, meta))
        tensors[_hugging_face_name(tensor.name)] = torch.from_numpy(values).to(torch.bfloat16)
    save_file(tensors, str(path), {"format": "pt"})


def _layer_part(name: str) -> str:
    parts = name.split(".")
    is_layer = len(parts) == 4 and parts[0] == "blk" and parts[3] in ("weight", "bias")
    return parts[2] if is_layer else ""


def _hugging_face_name(name: str) -> str:
    if name in TOP_NAMES:
        return TOP_NAMES[name]
    _, layer, part, suffix = name.split(".")
    return f"model.layers.{layer}.{LAYER_NAMES[part]}.{suffix}"


def _unpermuted(
    name: str, values: npt.NDArray[np.float32], meta: dict[str, Any]
) -> npt.NDArray[np.float32]:
    """GGUF stores a llama's q and k rows interleaved for its own rotary layout; undo that."""
    kind, part = meta["general.architecture"], _layer_part(name)
    if kind != "llama" or part not in ("attn_q", "attn_k"):
        return values
    heads = meta["llama.attention.head_count"]
    if part == "attn_k":
        heads = meta.get("llama.attention.head_count_kv", heads)
    rows, columns = values.shape
    halves = values.reshape(heads, rows // heads // 2, 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def write_config(meta: dict[str, Any], reader: Any, folder: Path) -> None:
    """config.json and generation_config.json."""
    _write_json(folder / "config.json", _config(meta, reader))
    _write_json(
        folder / "generation_config.json", {"_from_model_config": True, **_special_ids(meta)}
    )


def _config(meta: dict[str, Any], reader: Any) -> dict[str, Any]:
    kind = meta["general.architecture"]
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    heads = meta[f"{kind}.attention.head_count"]
    return {
        "architectures": [_NETWORKS[kind]],
        "model_type": kind,
        "hidden_act": "silu",
        **({"attention_bias": False, "mlp_bias": False} if kind == "llama" else {}),
        "hidden_size": meta[f"{kind}.embedding_length"],
        "intermediate_size": meta[f"{kind}.feed_forward_length"],
        "num_hidden_layers": meta[f"{kind}.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": meta.get(f"{kind}.attention.head_count_kv", heads),
        **_head_size(meta, kind),
        "max_position_embeddings": meta[f"{kind}.context_length"],
        "rms_norm_eps": round(meta[f"{kind}.attention.layer_norm_rms_epsilon"], 9),
        "rope_theta": meta.get(f"{kind}.rope.freq_base", 10_000.0),
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "tie_word_embeddings": tied,
        "dtype": "bfloat16",
        **_special_ids(meta),
    }


def _head_size(meta: dict[str, Any], kind: str) -> dict[str, int]:
    size = meta.get(f"{kind}.attention.key_length")
    return {} if size is None else {"head_dim": size}


def _special_ids(meta: dict[str, Any]) -> dict[str, int]:
    found = {
        name: meta.get(f"tokenizer.ggml.{key}_token_id")
        for name, key in (("bos_token_id", "bos"), ("eos_token_id", "eos"))
    }
    found["pad_token_id"] = meta.get("tokenizer.ggml.padding_token_id", found["eos_token_id"])
    return {name: value for name, value in found.items() if value is not None}


def write_tokenizer(meta: dict[str, Any], folder: Path) -> None:
    """tokenizer.json, tokenizer_config.json and, where the file has one, the chat template."""
    _byte_level_bpe(meta).save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **_special_texts(meta),
        "model_max_length": meta[f"{meta['general.architecture']}.context_length"],
        "clean_up_tokenization_spaces": False,
    }
    if template := meta.get("tokenizer.chat_template"):
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        settings["chat_template"] = template
    _write_json(folder / "tokenizer_config.json", settings)


def _special_texts(meta: dict[str, Any]) -> dict[str, str]:
    keys = {"bos_token": "bos", "eos_token": "eos", "pad_token": "padding", "unk_token": "unknown"}
    ids = {name: meta.get(f"tokenizer.ggml.{key}_token_id") for name, key in keys.items()}
    tokens: list[str] = meta["tokenizer.ggml.tokens"]
    return {name: tokens[index] for name, index in ids.items() if index is not None}


def _byte_level_bpe(meta: dict[str, Any]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens: list[str] = meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    # "smollm": every digit is a token of its own, the rest as in GPT-2.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    types = meta["tokenizer.ggml.token_type"]
    special = [t for t, kind in zip(tokens, types, strict=True) if kind == _CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in special])
    return tokenizer


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
