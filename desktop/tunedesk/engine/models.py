"""Which models can be asked: base models by folder, tuned ones and checkpoints by the database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError, model_not_found

ORGANISATION = "tunedesk"


class Servable(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator or the trainer needs of a model."""

    id: str
    base_id: str
    base_folder: Path
    adapter: Path | None


class Catalogue:
    """Looks models up. Ids never become paths: base ids are compared with folder names."""

    def __init__(self, database: Database, models_folder: Path) -> None:
        self._database = database
        self._folder = models_folder

    def all(self) -> list[dict[str, Any]]:
        """Every model as OpenAI's Model object, bases first. `kind` and `base` are our own."""
        bases = [_model_object(folder.name, _age_s(folder), "base") for folder in self._bases()]
        rows = self._database.rows("SELECT * FROM tuned ORDER BY seq")
        return bases + [_tuned_object(row) for row in rows]

    def get(self, model_id: str) -> dict[str, Any]:
        """One of `all`. Raises ApiError 404."""
        found = next((model for model in self.all() if model["id"] == model_id), None)
        if found is None:
            raise model_not_found(model_id)
        return found

    def servable(self, model_id: str) -> Servable:
        """Raises ApiError 404 for an unknown model or one whose base is gone."""
        row = self._row(model_id)
        base_id = model_id if row is None else str(row["base"])
        folder = next((path for path in self._bases() if path.name == base_id), None)
        if folder is None:
            raise model_not_found(model_id)
        adapter = None if row is None else Path(row["folder"])
        return Servable(id=model_id, base_id=base_id, base_folder=folder, adapter=adapter)

    def add(self, row: Row) -> None:
        """Makes a tuned model or checkpoint callable; once."""
        self._database.insert("tuned", row, or_ignore=True)

    def delete(self, model_id: str) -> None:
        """Removes a tuned model or checkpoint, and its weights when nothing else uses them.

        Raises ApiError 404 for an unknown model, 403 for a base.
        """
        row = self._row(model_id)
        if row is None:
            self.get(model_id)
            raise ApiError(403, "Only fine-tuned models can be deleted.", code="permission_denied")
        self._database.delete("tuned", model_id)
        left = self._database.row("SELECT id FROM tuned WHERE folder = ?", row["folder"])
        if left is None:
            shutil.rmtree(row["folder"], ignore_errors=True)

    def _row(self, model_id: str) -> Row | None:
        return self._database.row("SELECT * FROM tuned WHERE id = ?", model_id)

    def _bases(self) -> list[Path]:
        found = self._folder.glob("[!.]*/config.json")
        return sorted(path.parent for path in found if (path.parent / "tokenizer.json").exists())


def tuned_name(base_id: str, suffix: str | None, job_id: str) -> str:
    """`ft:<base>:<org>:<suffix>:<id>`; without a suffix that part is empty."""
    return f"ft:{base_id}:{ORGANISATION}:{suffix or ''}:{job_id.removeprefix('ftjob-')[:8]}"


def _tuned_object(row: Row) -> dict[str, Any]:
    return {**_model_object(row["id"], row["created_at"], row["kind"]), "base": row["base"]}


def _model_object(model_id: str, created_s: int, kind: str) -> dict[str, Any]:
    owner = "system" if kind == "base" else ORGANISATION
    shown = {"id": model_id, "object": "model", "created": created_s, "owned_by": owner}
    return {**shown, "kind": kind}


def _age_s(folder: Path) -> int:
    return int((folder / "config.json").stat().st_mtime)
