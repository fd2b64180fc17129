"""An adapter on disk in PEFT's layout, written without PEFT."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from tunedesk.engine.training.net_lora import Adapter, stored_name

_WEIGHTS = "adapter_model.safetensors"
_CONFIG = "adapter_config.json"


def save(adapter: Adapter, folder: Path) -> None:
    """Writes weights and configuration into `folder`. Raises OSError or SafetensorError."""
    # Clones, since safetensors refuses tensors that are parts of one.
    weights = {stored_name(n): p.detach().cpu().clone() for n, p in adapter.named.items()}
    save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})
    text = json.dumps(_configuration(adapter), indent=2, sort_keys=True)
    (folder / _CONFIG).write_text(text, encoding="utf-8")


def _configuration(adapter: Adapter) -> dict[str, object]:
    """What `peft.LoraConfig` needs to know; it fills in the rest."""
    return {
        "base_model_name_or_path": None,  # a path of this machine would mean nothing elsewhere
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "lora_alpha": adapter.alpha,
        "lora_dropout": 0.0,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": adapter.rank,
        "target_modules": sorted({name.split(".")[-4] for name in adapter.named}),
        "task_type": "CAUSAL_LM",
        "use_dora": False,
        "use_rslora": False,
    }
