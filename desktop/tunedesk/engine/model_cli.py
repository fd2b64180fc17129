"""`tunedesk engine fetch-model | models | add-model | …`: models from the command line."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, get_args

from tunedesk.core.errors import TunedeskError
from tunedesk.core.places import engine_folder
from tunedesk.engine.bases import Bases
from tunedesk.engine.export import export_model
from tunedesk.engine.fetch_model import fetch
from tunedesk.engine.model_add import add_model
from tunedesk.engine.model_files import MARKER
from tunedesk.engine.model_orders import ExportKind, GgufType, Progress
from tunedesk.engine.model_take import How
from tunedesk.engine.models import Catalogue
from tunedesk.engine.storage import Database
from tunedesk.engine.wire import ApiError

COMMANDS = ("fetch-model", "models", "add-model", "remove-model", "export")


def main(argv: Sequence[str]) -> int:
    """0 when it is done, 1 with the reason on stderr otherwise; 2 for a wrong command line."""
    arguments = build_parser().parse_args(argv)
    data: Path = (arguments.data or engine_folder(os.environ)).absolute()
    models: Path = (arguments.models or data / "models").absolute()
    act: Callable[[argparse.Namespace, Path, Path], None] = arguments.act
    try:
        act(arguments, data, models)
    except TunedeskError as error:
        if getattr(arguments, "as_lines", False):
            _write(json.dumps({"title": error.title, "what": error.what, "next": error.next_step}))
        sys.stderr.write(f"{error.title} {error.what} {error.next_step}".strip() + "\n")
        return 1
    except KeyboardInterrupt:
        return 130  # what was begun is taken away on the way here
    return 0


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(prog="tunedesk engine", description="Models of the engine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "fetch-model", "Bring the base model that Tunedesk comes with.", _fetch)
    _models_parser(commands)
    _add_parser(commands)
    _remove_parser(commands)
    _export_parser(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    commands: Commands,
    name: str,
    text: str,
    act: Callable[[argparse.Namespace, Path, Path], None],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--data", type=Path, metavar="DIR", help="the engine's data folder")
    parser.add_argument("--models", type=Path, metavar="DIR", help="base models (DATA/models)")
    parser.set_defaults(act=act)
    return parser


def _models_parser(commands: Commands) -> None:
    text = "List all models, and those that cannot be used with the reason."
    parser = _command(commands, "models", text, _list)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _add_parser(commands: Commands) -> None:
    text = "Add a base model: a Hugging Face folder with safetensors, or a GGUF file."
    parser = _command(commands, "add-model", text, _add)
    parser.add_argument("source", type=Path, metavar="FOLDER_OR_GGUF")
    parser.add_argument("--name", help="what it is called here")
    parser.add_argument("--chat-template", type=Path, metavar="FILE", help="a Jinja template")
    parser.add_argument(
        "--how",
        choices=get_args(How),
        default="link",
        help="weights are hard linked (copied where that cannot be), copied, or referred to",
    )
    parser.add_argument(
        "--json", dest="as_lines", action="store_true", help="a JSON object a line, for programs"
    )


def _remove_parser(commands: Commands) -> None:
    text = "Remove a base model that add-model added. What it was made from is left alone."
    parser = _command(commands, "remove-model", text, _remove)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--force", action="store_true", help="though tuned models need it")


def _export_parser(commands: Commands) -> None:
    text = "Write a model for other programs."
    parser = _command(commands, "export", text, _export)
    parser.add_argument("model", metavar="MODEL", help="an id as `models` lists it")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--as", dest="kind", choices=get_args(ExportKind), required=True)
    parser.add_argument("--type", choices=get_args(GgufType), default="bf16", help="for GGUF")


def _list(arguments: argparse.Namespace, data: Path, models: Path) -> None:
    bases = Bases(models).settled()
    tuned = _tuned(data)
    if arguments.json:
        found = [
            {"id": b.id, "usable": b.is_ready, "reason": b.verdict.reason, "notes": b.verdict.notes}
            for b in bases
        ]
        _write(json.dumps({"bases": found, "tuned": tuned}, ensure_ascii=False))
        return
    for base in bases:
        size, verdict = f"{base.verdict.size_bytes / 1e6:,.0f} MB", base.verdict
        if base.is_ready:
            _write(f"{base.id}  {verdict.architecture}, {verdict.context_tokens} tokens, {size}")
        else:
            waits = verdict.reason or "It is still being checked."
            _write(f"{base.id}  cannot be used. {waits} {verdict.next_step}".rstrip())
        for note in verdict.notes:
            _write(f"    {note}")
    for model in tuned:
        _write(f"{model['id']}  {model['kind']} from {model['base']}")


def _tuned(data: Path) -> list[dict[str, str]]:
    path = data / "engine.db"
    if not path.exists():
        return []
    database = Database(path)
    try:
        rows = database.rows("SELECT * FROM tuned ORDER BY seq")
    finally:
        database.close()
    return [{key: row[key] for key in ("id", "kind", "base")} for row in rows]


def _fetch(arguments: argparse.Namespace, data: Path, models: Path) -> None:
    fetch(models, _write)


def _add(arguments: argparse.Namespace, data: Path, models: Path) -> None:
    if arguments.as_lines:
        signal.signal(signal.SIGTERM, _interrupt)  # a program gives it up so
    added = add_model(
        arguments.source,
        models,
        _tell_program if arguments.as_lines else _tell,
        name=arguments.name,
        chat_template=arguments.chat_template,
        how=arguments.how,
    )
    if arguments.as_lines:
        _write(json.dumps({"name": added.name, "notes": added.notes}))
        return
    for note in added.notes:
        _write(note)
    _write(f"The model {added.name} is ready: {added.folder}")


def _remove(arguments: argparse.Namespace, data: Path, models: Path) -> None:
    base = next((base for base in Bases(models).all() if base.id == arguments.name), None)
    if base is None:
        raise _not_removed(f"There is no model called {arguments.name}.", "")
    if base.folder.is_symlink() or not (base.folder / MARKER).is_file():
        text = f"{base.folder} was not made by add-model."
        raise _not_removed(text, "Remove that folder yourself if you mean it.")
    users = [model["id"] for model in _tuned(data) if model["base"] == base.id]
    if users and not arguments.force:
        text = f"{len(users)} tuned models need it, {users[0]} for one."
        raise _not_removed(text, "Delete them first, or add --force.")
    gone = base.folder.with_name(f".gone-{base.id}")
    base.folder.rename(gone)
    shutil.rmtree(gone)
    _write(f"The model {base.id} was removed.")


def _export(arguments: argparse.Namespace, data: Path, models: Path) -> None:
    path = data / "engine.db"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(base.verdict.needs_trial for base in Bases(models).all()):
        _write("Checking models that are new here …")
        Bases(models).settled()
    database = Database(path)
    try:
        model = Catalogue(database, models).servable(arguments.model)
    except ApiError as error:
        raise TunedeskError(
            "model_not_found", "The model was not exported.", error.message, ""
        ) from None
    finally:
        database.close()
    target = export_model(model, arguments.to, arguments.kind, _tell, gguf_type=arguments.type)
    _write(f"{arguments.model} was written: {target}")


def _not_removed(what: str, next_step: str) -> TunedeskError:
    return TunedeskError("model_not_removed", "The model was not removed.", what, next_step)


def _tell(progress: Progress) -> None:
    share = "" if progress.share is None else f" ({progress.share:.0%})"
    _write(f"{progress.text}{share} …")


def _tell_program(progress: Progress) -> None:
    _write(json.dumps({"text": progress.text, "share": progress.share}))


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
