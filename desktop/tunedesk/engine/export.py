"""A model as files for other programs: the adapter, a merged Hugging Face folder, or GGUF."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.engine import model_names
from tunedesk.engine.adapter_check import ADAPTER_FILE
from tunedesk.engine.model_files import ModelRefusedError, weight_files
from tunedesk.engine.model_orders import Export, ExportKind, GgufType, Progress
from tunedesk.engine.model_work import run_order
from tunedesk.engine.models import Servable
from tunedesk.engine.safetensors_check import read_header

_SPARE_BYTES = 64 * 2**20  # tokenizer and the like
_WEIGHT_BYTES = 2.2  # bf16 and a little


def export_model(
    model: Servable,
    target: Path,
    kind: ExportKind,
    listen: Callable[[Progress], None],
    *,
    gguf_type: GgufType = "bf16",
) -> Path:
    """Writes `model` into the folder `target`, which must not exist or be empty; returns it.

    Blocks; the work is done by a worker process. `target` is there whole or not at all. Raises
    TunedeskError with the reason.
    """
    target = target.absolute()
    _require_possible(model, target, kind)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_room(model, target, kind)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as scratch:
            fresh = Path(scratch) / "export"
            fresh.mkdir()
            run_order(_order(model, fresh, kind, gguf_type), listen)
            _require_new(target)
            if target.is_dir():
                target.rmdir()
            fresh.rename(target)
    except OSError as error:
        text = f"A file could not be written: {error}."
        raise _error("disk_error", text, "Look at the disk and its permissions.") from None
    return target


def _order(model: Servable, fresh: Path, kind: ExportKind, gguf_type: GgufType) -> Export:
    return Export(
        kind=kind,
        base_folder=str(model.base_folder),
        base_id=model.base_id,
        adapter=None if model.adapter is None else str(model.adapter),
        folder=str(fresh),
        name=model_names.slug(model.id),
        gguf_type=gguf_type,
    )


def _require_possible(model: Servable, target: Path, kind: ExportKind) -> None:
    if kind == "adapter" and model.adapter is None:
        text = f"{model.id} is a base model and has no adapter."
        raise _error("no_adapter", text, "Name a tuned model or a checkpoint.")
    _require_new(target)


def _require_new(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not _is_empty(target)):
        text = f"{target} is there already, and nothing is overwritten."
        raise _error("target_exists", text, "Name a folder that does not exist yet.")


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not list(target.iterdir())


def _require_room(model: Servable, target: Path, kind: ExportKind) -> None:
    needed, free = _needed_bytes(model, kind), shutil.disk_usage(target.parent).free
    if free < needed:
        text = f"It needs {needed / 1e9:.2f} GB on the disk, and {free / 1e9:.2f} GB are free."
        raise _error("disk_full", text, "Free some space, or name another place with --to.")


def _needed_bytes(model: Servable, kind: ExportKind) -> int:
    if kind == "adapter":
        assert model.adapter is not None
        return (model.adapter / ADAPTER_FILE).stat().st_size + _SPARE_BYTES
    try:
        parts = [read_header(part) for part in weight_files(model.base_folder)]
    except (ModelRefusedError, ValueError) as error:
        raise _error("model_damaged", f"The base model is damaged: {error}", "") from None
    n_weights = sum(math.prod(info.shape) for part in parts for info in part.values())
    return int(n_weights * _WEIGHT_BYTES) + _SPARE_BYTES


def _error(code: str, what: str, next_step: str) -> TunedeskError:
    return TunedeskError(code, "The model was not exported.", what, next_step)
