"""Turns a llama-family GGUF file into a Hugging Face model folder, once.

Loading the GGUF through transformers takes 23 s at each start and cannot be saved again;
reading this module's output takes 2 s.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_CONTROL_TOKEN = 3  # token_type of special tokens in GGUF

_LAYER_NAMES = {
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
_TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def convert(gguf_path: Path, folder: Path) -> None:
    """Writes model.safetensors (bf16), config.json, tokenizer files and chat template.

    `folder` must exist and be empty. Raises ValueError for an architecture other than llama.
    """
    from gguf import GGUFReader

    reader = GGUFReader(str(gguf_path))
    meta: dict[str, Any] = {name: field.contents() for name, field in reader.fields.items()}
    if meta["general.architecture"] != "llama":
        raise ValueError(f"cannot convert a {meta['general.architecture']!r} model, only llama")
    _write_json(folder / "config.json", _config(meta, reader))
    _write_json(folder / "generation_config.json", _generation_config(meta))
    _write_tokenizer(meta, folder)
    _write_weights(meta, reader, folder / "model.safetensors")


def _write_weights(meta: dict[str, Any], reader: Any, path: Path) -> None:
    import torch
    from gguf.quants import dequantize
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = np.ascontiguousarray(_unpermuted(tensor.name, values, meta))
        tensors[_hugging_face_name(tensor.name)] = torch.from_numpy(values).to(torch.bfloat16)
    save_file(tensors, str(path), {"format": "pt"})


def _hugging_face_name(name: str) -> str:
    if name in _TOP_NAMES:
        return _TOP_NAMES[name]
    _, layer, part, suffix = name.split(".")
    return f"model.layers.{layer}.{_LAYER_NAMES[part]}.{suffix}"


def _unpermuted(
    name: str, values: npt.NDArray[np.float32], meta: dict[str, Any]
) -> npt.NDArray[np.float32]:
    """GGUF stores q and k rows interleaved for its own rotary layout; undo that."""
    if name.endswith("attn_q.weight"):
        heads = meta["llama.attention.head_count"]
    elif name.endswith("attn_k.weight"):
        heads = meta["llama.attention.head_count_kv"]
    else:
        return values
    rows, columns = values.shape
    halves = values.reshape(heads, rows // heads // 2, 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def _config(meta: dict[str, Any], reader: Any) -> dict[str, Any]:
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "hidden_size": meta["llama.embedding_length"],
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": meta["llama.attention.head_count"],
        "num_key_value_heads": meta["llama.attention.head_count_kv"],
        "max_position_embeddings": meta["llama.context_length"],
        "rms_norm_eps": round(meta["llama.attention.layer_norm_rms_epsilon"], 9),
        "rope_theta": meta["llama.rope.freq_base"],
        "vocab_size": meta["llama.vocab_size"],
        "tie_word_embeddings": tied,
        "dtype": "bfloat16",
        **_special_ids(meta),
    }


def _special_ids(meta: dict[str, Any]) -> dict[str, int]:
    return {
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "pad_token_id": meta["tokenizer.ggml.padding_token_id"],
    }


def _generation_config(meta: dict[str, Any]) -> dict[str, Any]:
    return {"_from_model_config": True, **_special_ids(meta)}


def _write_tokenizer(meta: dict[str, Any], folder: Path) -> None:
    tokens: list[str] = meta["tokenizer.ggml.tokens"]
    _byte_level_bpe(meta).save(str(folder / "tokenizer.json"))
    template: str = meta["tokenizer.chat_template"]
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokens[meta["tokenizer.ggml.bos_token_id"]],
            "eos_token": tokens[meta["tokenizer.ggml.eos_token_id"]],
            "pad_token": tokens[meta["tokenizer.ggml.padding_token_id"]],
            "unk_token": tokens[meta["tokenizer.ggml.unknown_token_id"]],
            "model_max_length": meta["llama.context_length"],
            "clean_up_tokenization_spaces": False,
            "chat_template": template,
        },
    )


def _byte_level_bpe(meta: dict[str, Any]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    if (kind := meta["tokenizer.ggml.pre"]) != "smollm":
        raise ValueError(f"unknown pre-tokenizer {kind!r}")
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
