"""Any GGUF file that transformers can read, as a model folder: ours where we know it (11 s for
135M), transformers' reader for the rest. Run in a worker process."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tunedesk.engine import gguf_convert
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.model_orders import Tell

_BYTES_A_WEIGHT = 2  # bf16
_SPARE_BYTES = 256 * 2**20


def convert_any(gguf: Path, folder: Path, tell: Tell) -> None:
    """Fills the empty `folder`. Raises ModelRefusedError with the reason if it cannot."""
    tell("Reading the GGUF file", 0.0)
    reader = _reader(gguf)
    meta = gguf_convert.metadata(reader)
    _require_plain_positions(meta, reader)
    _require_room(reader, folder)
    knows_network = gguf_convert.knows_network(meta, [t.name for t in reader.tensors])
    try:
        if knows_network:
            tell("Converting the weights to safetensors, once", 0.1)
            gguf_convert.write_config(meta, reader, folder)
            gguf_convert.write_weights(meta, reader, folder / "model.safetensors")
        if knows_network and gguf_convert.knows_tokenizer(meta):
            gguf_convert.write_tokenizer(meta, folder)
        else:
            _through_transformers(gguf, folder, tell, None if knows_network else meta)
    except ModelRefusedError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        text = str(error).strip().partition("\n")[0][:200].rstrip(".")
        raise ModelRefusedError(f"{type(error).__name__}: {text}.") from error


def _reader(gguf: Path) -> Any:
    from gguf import GGUFReader

    try:
        return GGUFReader(str(gguf))
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, UnicodeError) as error:
        text = str(error).strip().partition("\n")[0][:200]
        raise ModelRefusedError(f"It is not a sound GGUF file: {text}") from None


def _require_plain_positions(meta: dict[str, Any], reader: Any) -> None:
    """Both readers would drop stretched positions without a word, and the model would babble."""
    kind = meta.get("general.architecture")
    scaling = meta.get(f"{kind}.rope.scaling.type", "none")
    if scaling != "none" or any(tensor.name == "rope_freqs.weight" for tensor in reader.tensors):
        raise ModelRefusedError(
            "It stretches its positions (rope scaling), which gets lost in the conversion.",
            "Add the Hugging Face folder of the same model instead.",
        )


def _require_room(reader: Any, folder: Path) -> None:
    n_weights = sum(math.prod(int(n) for n in tensor.shape) for tensor in reader.tensors)
    needed = n_weights * _BYTES_A_WEIGHT + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        text = f"It needs {needed / 1e9:.1f} GB on the disk, and {free / 1e9:.1f} GB are free."
        raise ModelRefusedError(text, "Free some space, or name another place with --data.")


def _through_transformers(
    gguf: Path, folder: Path, tell: Tell, meta: dict[str, Any] | None
) -> None:
    """The tokenizer, and with `meta` the weights too.

    Through a folder where the GGUF file is alone: nothing beside it is to be read.
    """
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory(prefix=".gguf-", dir=folder.parent) as scratch:
        alone = Path(scratch) / "model.gguf"
        _link(gguf.absolute(), alone)
        own: dict[str, Any] = {
            "gguf_file": alone.name,
            "local_files_only": True,
            "trust_remote_code": False,
        }
        tell("Reading the tokenizer with transformers", 0.6)
        AutoTokenizer.from_pretrained(scratch, **own).save_pretrained(folder)
        if meta is not None:
            tell("Reading the weights with transformers", 0.7)
            _save_weights(scratch, own, folder, meta)


def _link(gguf: Path, alone: Path) -> None:
    try:
        os.link(gguf, alone)
    except OSError:  # another disk
        alone.symlink_to(gguf)


def _save_weights(scratch: str, own: dict[str, Any], folder: Path, meta: dict[str, Any]) -> None:
    """`save_pretrained` refuses what came from a GGUF file, so the parts are saved one by one."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoConfig, AutoModelForCausalLM, GgufConfig

    config: Any = AutoConfig.from_pretrained(scratch, **own)
    head_size = meta.get(f"{meta['general.architecture']}.attention.key_length")
    if head_size is not None and hasattr(config, "head_dim"):
        config.head_dim = head_size  # transformers 5.23 takes its default for qwen3
    plain = GgufConfig(dequantize=True)  # else it looks for kernels, and keeps the weights packed
    model: Any = AutoModelForCausalLM.from_pretrained(
        scratch, config=config, dtype=torch.bfloat16, quantization_config=plain, **own
    )
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.save_pretrained(folder)
    shared = set(getattr(model, "all_tied_weights_keys", None) or ())
    state = {n: t.contiguous() for n, t in model.state_dict().items() if n not in shared}
    save_file(state, str(folder / "model.safetensors"), {"format": "pt"})
