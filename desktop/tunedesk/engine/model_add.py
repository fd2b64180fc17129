"""Puts a model on the shelf: a Hugging Face folder or a GGUF file becomes a folder of ours.

The small files are copied, without what would point to foreign code; the weights are hard
linked, copied, or (`reference`) linked by name. So the model can have a chat template of its own
here, and nothing in the person's folder is ever written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.engine import model_files as files
from tunedesk.engine import model_names
from tunedesk.engine.bases import Bases
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.model_orders import Convert, Progress, Verdict
from tunedesk.engine.model_take import How, take, write_json
from tunedesk.engine.model_work import look, run_order, try_out

_GGUF_MAGIC = b"GGUF"
_LAYOUT_VERSION = 1


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """The model's name, its folder, and what a person should know."""

    name: str
    folder: Path
    notes: list[str]


def add_model(
    source: Path,
    models_folder: Path,
    listen: Callable[[Progress], None],
    *,
    name: str | None = None,
    chat_template: Path | None = None,
    how: How = "link",
) -> Added:
    """Adds `source`, a folder or a GGUF file. Raises TunedeskError with the reason if it cannot."""
    source = source.absolute()
    try:
        gguf = _gguf(source)
        chosen, notes = _name(source, name)
        _require_new(models_folder, chosen)
        models_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".add-", dir=models_folder) as scratch:
            fresh = Path(scratch) / "model"
            fresh.mkdir()
            links: dict[str, str] = {}
            if gguf is None:
                links = take(source, fresh, how, listen)
                notes += _left_behind(source)
            else:
                run_order(Convert(gguf=str(gguf), folder=str(fresh)), listen)
            marker = {"layout": _LAYOUT_VERSION, "source": str(source), "links": links}
            write_json(fresh / files.MARKER, marker)
            return _shelve(fresh, models_folder, chosen, chat_template, notes, listen)
    except ModelRefusedError as refusal:
        raise _refused(str(refusal), refusal.next_step) from None
    except OSError as error:
        what = f"A file could not be read or written: {error}."
        raise _refused(what, "Look at the disk and its permissions, then try again.") from None


def _shelve(
    fresh: Path,
    models_folder: Path,
    name: str,
    chat_template: Path | None,
    notes: list[str],
    listen: Callable[[Progress], None],
) -> Added:
    if chat_template is not None:
        (fresh / files.TEMPLATE).write_text(_template_text(chat_template), encoding="utf-8")
    listen(Progress(text="Checking the model", share=None))
    verdict = look(fresh)
    if verdict.is_usable and verdict.needs_trial:
        listen(Progress(text="Trying the model with transformers", share=None))
        verdict = try_out(fresh, verdict)
    if not verdict.is_usable:
        raise ModelRefusedError(verdict.reason, verdict.next_step)
    target = models_folder / name
    fresh.rename(target)
    _remember(models_folder, name, verdict)
    return Added(name=name, folder=target, notes=[*notes, *verdict.notes])


def _remember(models_folder: Path, name: str, verdict: Verdict) -> None:
    Bases(models_folder).remember(name, verdict)


def _gguf(source: Path) -> Path | None:
    """The GGUF file that is meant; None for a Hugging Face folder."""
    if source.is_dir():
        found = sorted(source.glob("*.gguf"))
        is_plain = (source / files.CONFIG).exists() or len(found) != 1
        return None if is_plain else found[0]
    with source.open("rb") as stream:
        if stream.read(len(_GGUF_MAGIC)) == _GGUF_MAGIC:
            return source
    raise ModelRefusedError(
        f"{source.name} is neither a folder nor a GGUF file.",
        "Give the folder of a Hugging Face model with safetensors, or a .gguf file.",
    )


def _name(source: Path, wanted: str | None) -> tuple[str, list[str]]:
    if wanted is not None:
        if reason := model_names.problem(wanted):
            text = f"The name {wanted[:80]!r} {reason}."
            raise ModelRefusedError(text, f"Try --name {model_names.slug(wanted)}")
        return wanted, []
    own = source.stem if source.is_file() else source.name
    name = model_names.slug(own)
    notes = [f"It is called {name} here, because {own[:80]!r} cannot be an id."]
    return name, [] if name == own else notes


def _require_new(models_folder: Path, name: str) -> None:
    taken = models_folder.iterdir() if models_folder.is_dir() else ()
    for path in taken:
        if path.name.casefold() == name.casefold():
            text = f"There is a model called {path.name} already."
            raise ModelRefusedError(text, "Give another name with --name NAME.")


def _template_text(path: Path) -> str:
    limit = files.LIMITS_BYTES[files.TEMPLATE]
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise ModelRefusedError(f"{path.name} is too large for a chat template.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ModelRefusedError(f"{path.name} is no UTF-8 text.") from None


def _left_behind(source: Path) -> list[str]:
    notes = []
    if next(source.glob("*.py"), None) is not None or _has_code(source):
        notes.append("Python code that came with the model was left out; it never runs here.")
    if any(next(source.glob(pattern), None) for pattern in ("*.bin", "*.pt", "*.pth", "*.pkl")):
        notes.append("Pickles beside the weights were left out; they are never opened here.")
    return notes


def _has_code(source: Path) -> bool:
    return "auto_map" in files.read_json(source, files.CONFIG)


def _refused(what: str, next_step: str) -> TunedeskError:
    return TunedeskError("model_refused", "The model was not added.", what, next_step)
