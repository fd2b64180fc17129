"""Takes a person's Hugging Face folder over: small files copied, weights linked or copied.

What would point to foreign code is left out of the copies, and links that lead out of the folder
are refused.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from tunedesk.engine import model_files as files
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.model_orders import Progress

How = Literal["link", "copy", "reference"]
_CODE_KEYS = ("auto_map", "custom_pipelines", "_name_or_path")


def take(source: Path, fresh: Path, how: How, listen: Callable[[Progress], None]) -> dict[str, str]:
    """Fills `fresh` from a Hugging Face folder; returns the links it made, by name.

    Raises ModelRefusedError with the reason, or OSError.
    """
    if (source / "adapter_config.json").exists():
        text = "It is an adapter, not a model."
        raise ModelRefusedError(text, "Merge it into its base model, then add the merged folder.")
    weights = [_own(source, path) for path in files.weight_files(source)]
    for name in files.LIMITS_BYTES:
        if name != files.MARKER and (source / name).exists():
            _own(source, source / name)
            _take_small(source, fresh, name)
    if not (fresh / files.TOKENIZER_CONFIG).exists():
        write_json(fresh / files.TOKENIZER_CONFIG, {})
    return _take_weights(weights, source, fresh, how, listen)


def _own(source: Path, path: Path) -> Path:
    """The file behind `path`. Links may lead into the folder, or from a snapshot of the Hugging
    Face cache to the blobs beside it. Raises ModelRefusedError for any other."""
    real, home = path.resolve(strict=True), source.resolve()
    places = [home]
    if home.parent.name == "snapshots":
        places.append(home.parent.parent / "blobs")
    if not real.is_file() or not any(real.is_relative_to(place) for place in places):
        text = f"{path.name} is a link to another place, or no plain file."
        raise ModelRefusedError(text, "Put the file itself into the folder.")
    return real


def _take_small(source: Path, fresh: Path, name: str) -> None:
    if name == files.TEMPLATE:
        (fresh / name).write_bytes(files.read_small(source, name))
        return
    if name == files.TOKENIZER:
        files.read_json(source, name)
        shutil.copyfile(source / name, fresh / name)
        return
    values = files.read_json(source, name)
    for key in _CODE_KEYS:
        values.pop(key, None)
    if name == files.TOKENIZER_CONFIG:
        _choose_template(values)
    write_json(fresh / name, values)


def _choose_template(settings: dict[str, Any]) -> None:
    """Older folders hold several named templates; "default" is the one for plain talk."""
    listed = settings.get("chat_template")
    if isinstance(listed, list):
        named = {t.get("name"): t.get("template") for t in listed if isinstance(t, dict)}
        settings["chat_template"] = named.get("default")


def _take_weights(
    weights: list[Path], source: Path, fresh: Path, how: How, listen: Callable[[Progress], None]
) -> dict[str, str]:
    """Names of `reference`d files with what they link to; empty for the other ways."""
    names = [path.name for path in files.weight_files(source)]
    links: dict[str, str] = {}
    for at, (name, real) in enumerate(zip(names, weights, strict=True)):
        listen(Progress(text=f"Taking {name}", share=at / len(names)))
        if how == "reference":
            (fresh / name).symlink_to(real)
            links[name] = str(real)
        elif how == "copy" or not _linked(real, fresh / name):
            _copy(real, fresh / name)
    return links


def _linked(real: Path, target: Path) -> bool:
    try:
        os.link(real, target)
    except OSError:
        return False
    return True


def _copy(real: Path, target: Path) -> None:
    needed, free = real.stat().st_size, shutil.disk_usage(target.parent).free
    if free < needed:
        text = f"{real.name} needs {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free."
        raise ModelRefusedError(text, "Free some space, or add the model with --reference.")
    shutil.copyfile(real, target)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """As the small files of a model folder are written."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
