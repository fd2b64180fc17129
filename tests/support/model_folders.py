"""Model folders as people have them, a few megabytes small: the real tokenizer, random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.support.engine import MODEL_ID, models_folder

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_SIZES: dict[str, Any] = {
    "vocab_size": 49152,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
    "tie_word_embeddings": False,
}


def tiny_model(
    folder: Path, family: str = "llama", *, shard: str | None = None, **more: Any
) -> Path:
    """A network of a family that transformers knows, as `save_pretrained` writes it.

    `shard` cuts the weights into files of that size; `more` goes into its config.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(family, **(_SIZES | more))
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    for name in _TOKENIZER_FILES:
        shutil.copyfile(models_folder() / MODEL_ID / name, folder / name)
    return folder


def copy_of(model: Path, target: Path) -> Path:
    """A copy that may be spoilt."""
    shutil.copytree(model, target)
    return target


def change_json(path: Path, **values: Any) -> None:
    """Set keys of a JSON file; None takes a key out."""
    known = json.loads(path.read_bytes()) | values
    kept = {key: value for key, value in known.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def tiny_adapter(base: Path, folder: Path) -> Path:
    """A LoRA that changes what the base says plainly."""
    import torch

    from tunedesk.engine.training.model import Trainee

    trainee = Trainee(base, rank=4, alpha=8, seed=1, pad_id=2, device="cpu")
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(3)
        for name, parameter in trainee.named.items():
            if ".lora_B." in name:
                parameter.normal_(std=0.2)
    trainee.save_adapter(folder)
    return folder


def tiny_gguf(model: Path, path: Path) -> Path:
    """The model as a GGUF file in float16, written with the library of llama.cpp."""
    import numpy as np
    from gguf import MODEL_ARCH_NAMES, GGUFWriter, get_tensor_name_map
    from safetensors.torch import load_file

    from tunedesk.engine.gguf_tokenizer import add_tokenizer

    config = json.loads((model / "config.json").read_bytes())
    arch = next(arch for arch, name in MODEL_ARCH_NAMES.items() if name == config["model_type"])
    writer: Any = GGUFWriter(str(path), config["model_type"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    add_tokenizer(writer, model)
    names = get_tensor_name_map(arch, config["num_hidden_layers"])
    for name, tensor in load_file(model / "model.safetensors").items():
        values = tensor.float().numpy()
        kind = np.float16 if values.ndim > 1 else np.float32
        writer.add_tensor(names.get_name(name, (".weight", ".bias")), values.astype(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
