"""Which models can be asked: base models by folder, tuned ones and checkpoints by the database."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.engine.adapter_check import ADAPTER_FILE, require_sound_adapter
from tunedesk.engine.bases import Base, Bases
from tunedesk.engine.device import expected_device
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError, model_not_found

ORGANISATION = "tunedesk"


class Servable(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator or the trainer needs of a model."""

    id: str
    base_id: str
    base_folder: Path
    adapter: Path | None
    context_tokens: int | None = None


class Catalogue:
    """Looks models up. Ids never become paths: base ids are compared with folder names."""

    def __init__(self, database: Database, models_folder: Path) -> None:
        self._database = database
        self._bases = Bases(models_folder)

    async def settle(self) -> None:
        """Lets new base models be tried and new adapters be digested, off the loop."""
        await asyncio.to_thread(self._bases.settled)
        for row in self._database.rows("SELECT * FROM tuned WHERE digest IS NULL"):
            with contextlib.suppress(OSError):  # gone or unreadable: asking for it says so
                path = Path(row["folder"]) / ADAPTER_FILE
                digest, size_bytes = await asyncio.to_thread(_digest, path)
                values = {"digest": digest, "size_bytes": size_bytes}
                self._database.update("tuned", row["id"], values)

    def all(self) -> list[dict[str, Any]]:
        """Every model that can be asked, as OpenAI's Model object with extras; bases first."""
        ready = self._ready()
        contexts = {base.id: base.verdict.context_tokens for base in ready}
        rows = self._database.rows("SELECT * FROM tuned ORDER BY seq")
        tuned = [_tuned_object(row, contexts.get(row["base"])) for row in rows]
        return [_base_object(base) for base in ready] + tuned

    def refused(self) -> list[Base]:
        """Base models that cannot be asked, or not yet."""
        return [base for base in self._bases.all() if not base.is_ready]

    def get(self, model_id: str) -> dict[str, Any]:
        """One of `all`. Raises ApiError 404."""
        found = next((model for model in self.all() if model["id"] == model_id), None)
        if found is None:
            raise model_not_found(model_id)
        return found

    def servable(self, model_id: str) -> Servable:
        """Raises ApiError: 404 for an unknown model or one whose base is gone, 503 while a new
        base is being tried, 500 if the files of a tuned model are damaged."""
        row = self._row(model_id)
        base = self._base(model_id if row is None else str(row["base"]), model_id)
        adapter = None if row is None else Path(row["folder"])
        if adapter is not None:
            _require_sound(adapter)
        return Servable(
            id=model_id,
            base_id=base.id,
            base_folder=base.folder,
            adapter=adapter,
            context_tokens=base.verdict.context_tokens,
        )

    def _base(self, base_id: str, asked_id: str) -> Base:
        base = next((found for found in self._bases.all() if found.id == base_id), None)
        if base is not None and base.verdict.needs_trial:
            text = f"The model `{asked_id}` is new here and still being checked. Ask again soon."
            raise ApiError(503, text, code="model_not_ready", param="model", kind="server_error")
        if base is None or not base.is_ready:
            raise model_not_found(asked_id)
        return base

    def add(self, row: Row) -> None:
        """Makes a tuned model or checkpoint callable; once."""
        self._database.insert("tuned", row, or_ignore=True)

    def delete(self, model_id: str) -> None:
        """Removes a tuned model or checkpoint, and its weights when nothing else uses them.

        A reply that is being written goes on: the generator has the weights in memory. Raises
        ApiError 404 for an unknown model, 403 for a base, 400 while a job still needs it.
        """
        row = self._row(model_id)
        if row is None:
            self.get(model_id)
            raise ApiError(403, "Only fine-tuned models can be deleted.", code="permission_denied")
        self._require_unused(row)
        self._database.delete("tuned", model_id)
        left = self._database.row("SELECT id FROM tuned WHERE folder = ?", row["folder"])
        if left is None:
            _remove(Path(row["folder"]))

    def _require_unused(self, row: Row) -> None:
        """A job goes on from its own checkpoints, and starts from the model it names."""
        sql = "SELECT * FROM jobs WHERE model = ? OR id = ?"
        for job in self._database.rows(sql, row["id"], row["job_id"]):
            if job["status"] not in TERMINAL_STATUSES:
                text = f"The job {job['id']} still needs this model. Cancel it or let it end."
                raise ApiError(400, text, code="model_in_use", param="model")

    def _row(self, model_id: str) -> Row | None:
        return self._database.row("SELECT * FROM tuned WHERE id = ?", model_id)

    def _ready(self) -> list[Base]:
        return [base for base in self._bases.all() if base.is_ready]


def tuned_name(base_id: str, suffix: str | None, job_id: str) -> str:
    """`ft:<base>:<org>:<suffix>:<id>`; without a suffix that part is empty."""
    return f"ft:{base_id}:{ORGANISATION}:{suffix or ''}:{job_id.removeprefix('ftjob-')[:8]}"


def _require_sound(adapter: Path) -> None:
    try:
        require_sound_adapter(adapter)
    except ModelRefusedError as refusal:
        text = f"This model's files are damaged. {refusal}"
        raise ApiError(500, text, code="model_damaged", kind="server_error") from None


def _remove(folder: Path) -> None:
    """Out of sight in one step, so that nobody meets half a checkpoint."""
    gone = folder.with_name(f".gone-{folder.name}")
    with contextlib.suppress(OSError):
        folder.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size


def _base_object(base: Base) -> dict[str, Any]:
    shown = _model_object(base.id, base.created_s, "base", base.verdict.context_tokens)
    return {**shown, "owned_by": "system", "size_bytes": base.verdict.size_bytes or None}


def _tuned_object(row: Row, context_tokens: int | None) -> dict[str, Any]:
    shown = _model_object(row["id"], row["created_at"], row["kind"], context_tokens)
    return {**shown, "base": row["base"], "digest": row["digest"], "size_bytes": row["size_bytes"]}


def _model_object(
    model_id: str, created_s: int, kind: str, context_tokens: int | None
) -> dict[str, Any]:
    """`kind`, `base`, `digest`, `size_bytes`, `context_tokens` and `device` are our own."""
    return {
        "id": model_id,
        "object": "model",
        "created": created_s,
        "owned_by": ORGANISATION,
        "kind": kind,
        "context_tokens": context_tokens,
        "device": expected_device(),
    }
