"""The files of a model folder that are ever read, with their limits, and nothing beside them.

Everything else in a model folder (Python modules, pickles, SentencePiece files) is never opened.
A symbolic link is followed only where `add-model` wrote it down in the folder's own marker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MIB = 2**20
CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"
TEMPLATE, GENERATION_CONFIG = "chat_template.jinja", "generation_config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
MARKER = "tunedesk.json"
LIMITS_BYTES = {
    CONFIG: MIB,
    GENERATION_CONFIG: MIB,
    TEMPLATE: MIB,
    TOKENIZER_CONFIG: 16 * MIB,
    INDEX: 16 * MIB,
    MARKER: MIB,
    TOKENIZER: 64 * MIB,
}
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")


class ModelRefusedError(ValueError):
    """The model cannot be used: `str()` says why, `next_step` what would help. Whole sentences."""

    def __init__(self, reason: str, next_step: str = "") -> None:
        super().__init__(reason)
        self.next_step = next_step


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """One of the small files. Raises ModelRefusedError for what is no JSON object within limits."""
    data = read_small(folder, name)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ModelRefusedError(f"{name} is not sound JSON.") from None
    if not isinstance(value, dict):
        raise ModelRefusedError(f"{name} does not hold a JSON object.")
    return value


def read_small(folder: Path, name: str) -> bytes:
    """Raises ModelRefusedError if the file is missing, larger than its limit or unreadable."""
    limit = LIMITS_BYTES[name]
    try:
        with (folder / name).open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise ModelRefusedError(f"{name} is missing.", _MISSING.get(name, "")) from None
    except OSError as error:
        raise ModelRefusedError(f"{name} cannot be read: {error.strerror}.") from None
    if len(data) > limit:
        raise ModelRefusedError(f"{name} is larger than {limit // MIB} MiB.")
    return data


def weight_files(folder: Path) -> list[Path]:
    """model.safetensors, or the parts that the index names.

    Raises ModelRefusedError where there is neither; for a folder of pickles it says what to do.
    """
    if (folder / INDEX).is_file():
        return [folder / name for name in _parts(read_json(folder, INDEX))]
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    raise _no_weights(folder)


def _parts(index: Mapping[str, Any]) -> list[str]:
    named = index.get("weight_map")
    if not isinstance(named, dict) or not named:
        raise ModelRefusedError(f"{INDEX} names no files.")
    parts = sorted({str(name) for name in named.values()})
    for name in parts:
        if Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            raise ModelRefusedError(f"{INDEX} names {name[:80]!r}, which is no file beside it.")
    return parts


def _no_weights(folder: Path) -> ModelRefusedError:
    if any(next(folder.glob(pattern), None) for pattern in _PICKLED):
        return ModelRefusedError(
            "Its weights are pickles (.bin, .pt), which can run code and are never opened.",
            "Convert them to safetensors where you trust them: load the model with transformers "
            "and save it with save_pretrained().",
        )
    if found := next(folder.glob("*.gguf"), None):
        text = f"It holds a GGUF file ({found.name}) that is not converted yet."
        return ModelRefusedError(text, f"Run: tunedesk engine add-model {found}")
    return ModelRefusedError(f"It has no weights: neither {WEIGHTS} nor {INDEX} is there.")


def used_files(folder: Path) -> list[Path]:
    """All files of the folder that any process may read, that exist.

    Raises ModelRefusedError as `weight_files` does.
    """
    small = [folder / name for name in LIMITS_BYTES]
    return [path for path in small if path.is_file() or path.is_symlink()] + weight_files(folder)


def require_no_foreign_links(folder: Path) -> None:
    """Raises ModelRefusedError for a link that `add-model` did not write down itself."""
    known = _known_links(folder)
    for path in used_files(folder):
        if path.is_symlink() and known.get(path.name) != str(path.readlink()):
            raise ModelRefusedError(
                f"{path.name} is a link to elsewhere.",
                "Add the model with: tunedesk engine add-model FOLDER",
            )
        if not path.is_file():
            raise ModelRefusedError(f"{path.name} is missing or is no plain file.")


def _known_links(folder: Path) -> Mapping[str, str]:
    marker = folder / MARKER
    if marker.is_symlink() or not marker.is_file():
        return {}
    links = read_json(folder, MARKER).get("links", {})
    return links if isinstance(links, dict) else {}


_MISSING = {
    TOKENIZER: "Load the tokenizer with transformers' AutoTokenizer and save it with "
    "save_pretrained(): that writes tokenizer.json.",
    CONFIG: "Give the folder of a Hugging Face model.",
}
