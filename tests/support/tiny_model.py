"""A model small enough to be trained in a moment: the real tokenizer, a network of two layers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from tests.support.engine import MODEL_ID, models_folder

TINY_ID = "tiny"
_WIDTH, _INNER, _LAYERS, _HEADS, _KV_HEADS = 16, 32, 2, 2, 1
_N_VOCABULARY = 49152
_END, _END_LOUDNESS = 2, 3
_CONFIG = {
    "hidden_size": _WIDTH,
    "intermediate_size": _INNER,
    "num_hidden_layers": _LAYERS,
    "num_attention_heads": _HEADS,
    "num_key_value_heads": _KV_HEADS,
}
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)


def make_tiny_model(models: Path, name: str = TINY_ID, *, ends_soon: bool = False) -> Path:
    """Makes the folder `models/name`: a Llama of two layers with made-up weights, 3 MB. Its answers
    go on for ever, or for some ten tokens if it `ends_soon`."""
    source, folder = models_folder() / MODEL_ID, models / name
    folder.mkdir(parents=True)
    for file in _TOKENIZER_FILES:
        shutil.copyfile(source / file, folder / file)
    config = json.loads((source / "config.json").read_bytes()) | _CONFIG
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    weights = _weights()
    if ends_soon:
        weights["model.embed_tokens.weight"][_END] *= _END_LOUDNESS
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def _weights() -> dict[str, torch.Tensor]:
    dice = torch.Generator().manual_seed(1)

    def of(*shape: int) -> torch.Tensor:
        return (torch.randn(*shape, generator=dice) * 0.3).to(torch.bfloat16)

    kv = _WIDTH * _KV_HEADS // _HEADS
    found = {"model.embed_tokens.weight": of(_N_VOCABULARY, _WIDTH)}
    found["model.norm.weight"] = torch.ones(_WIDTH, dtype=torch.bfloat16)
    for number in range(_LAYERS):
        at = f"model.layers.{number}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            found[f"{at}.{norm}.weight"] = torch.ones(_WIDTH, dtype=torch.bfloat16)
        for part, n_out in (("q_proj", _WIDTH), ("k_proj", kv), ("v_proj", kv), ("o_proj", _WIDTH)):
            found[f"{at}.self_attn.{part}.weight"] = of(n_out, _WIDTH)
        for part in ("gate_proj", "up_proj"):
            found[f"{at}.mlp.{part}.weight"] = of(_INNER, _WIDTH)
        found[f"{at}.mlp.down_proj.weight"] = of(_WIDTH, _INNER)
    return found
