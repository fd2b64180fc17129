"""Networks of a few thousand random numbers, written to a folder as a real model is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

VOCABULARY = 97


def write_tiny(folder: Path, family: str, **more: Any) -> Path:
    """A "llama" (untied, in several files) or "qwen2" (tied, with biases); returns the folder."""
    import torch
    import transformers

    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 3,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": family == "qwen2",
        "eos_token_id": 2,
        "pad_token_id": 2,
        "bos_token_id": 1,
        **more,
    }
    kinds = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    }
    configuration, network = kinds[family]
    torch.manual_seed(7)
    model = network(configuration(**sizes))
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name:
            torch.nn.init.normal_(parameter, mean=1.0 if "norm" in name else 0.0, std=0.3)
    model.save_pretrained(folder, max_shard_size="60KB" if family == "llama" else "1GB")
    return folder
