"""Is this folder a LoRA adapter that a worker may load? (E7)

PEFT's own configuration can name modules to import (`megatron_core`, `auto_mapping`), and its
loader falls back to a pickle where the safetensors file is missing; neither gets that far.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.safetensors_check import TensorInfo, UnsoundFileError, read_header

ADAPTER_FILE, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_MOST_BYTES = 2**20
_HIGHEST_RANK = 4096
_NEVER = ("megatron_config", "layer_replication")
_OWN_LIBRARY = re.compile(r"transformers\.models\.[a-z0-9_]+\.[a-z0-9_]+")


def require_sound_adapter(folder: Path) -> dict[str, TensorInfo]:
    """The adapter's tensors. Raises ModelRefusedError with the reason."""
    config = _config(folder / ADAPTER_CONFIG)
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if config.get("peft_type") != "LORA":
        raise ModelRefusedError("The adapter is no LoRA adapter.")
    if type(rank) is not int or not 0 < rank <= _HIGHEST_RANK:
        raise ModelRefusedError("The adapter's rank is no sensible number.")
    if not isinstance(alpha, int | float) or not 0 < alpha < 1e6:
        raise ModelRefusedError("The adapter's alpha is no sensible number.")
    if named := next((key for key in _NEVER if config.get(key)), None):
        raise ModelRefusedError(f"The adapter asks for foreign code ({named}), which never runs.")
    _require_known_library(config.get("auto_mapping"))
    try:
        return read_header(folder / ADAPTER_FILE)
    except UnsoundFileError as error:
        text = f"{ADAPTER_FILE} is not a sound safetensors file: {error}."
        raise ModelRefusedError(text) from None
    except OSError:
        raise ModelRefusedError("The adapter's weights are gone.") from None


def _require_known_library(mapping: object) -> None:
    """PEFT writes down where the base's class lives; only transformers may be that."""
    library = mapping.get("parent_library") if isinstance(mapping, dict) else mapping
    if library is not None and not _OWN_LIBRARY.fullmatch(str(library)):
        text = "The adapter asks for foreign code (auto_mapping), which never runs."
        raise ModelRefusedError(text)


def _config(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            value = json.loads(stream.read(_MOST_BYTES))
    except OSError:
        raise ModelRefusedError("The adapter's configuration is gone.") from None
    except (ValueError, RecursionError):
        raise ModelRefusedError(f"{path.name} is not sound JSON.") from None
    if not isinstance(value, dict):
        raise ModelRefusedError(f"{path.name} does not hold a JSON object.")
    return value
