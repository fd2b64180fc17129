"""Fine-tuning jobs as stored and as shown on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.engine.models import ORGANISATION
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.training.spec import Line
from tunedesk.engine.wire import ApiError, new_id, now_s


class JobStore:
    """Jobs with their events and checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, values: Mapping[str, Any]) -> Row:
        """Adds a job in `validating_files`, with its first event."""
        row: Row = {
            "id": new_id("ftjob-"),
            "created_at": now_s(),
            "status": "validating_files",
            "restarts": 0,
            "result_files": [],
            **values,
        }
        self._database.insert("jobs", row)
        self.say(row["id"], "created", f"Created fine-tuning job: {row['id']}")
        return self.get(row["id"])

    def get(self, job_id: str) -> Row:
        """Raises ApiError 404 for an unknown id."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        if row is None:
            message = f"Could not find fine tune: {job_id}"
            raise ApiError(404, message, param="fine_tuning_job_id", code="fine_tune_not_found")
        return row

    def all(self) -> list[Row]:
        """All jobs, newest first."""
        return self._database.rows("SELECT * FROM jobs ORDER BY seq DESC")

    def with_status(self, *statuses: str) -> list[Row]:
        """Jobs in one of these states, oldest first: the queue's order."""
        marks = ", ".join("?" * len(statuses))
        sql = f"SELECT * FROM jobs WHERE status IN ({marks}) ORDER BY seq"  # noqa: S608
        return self._database.rows(sql, *statuses)

    def update(self, job_id: str, **values: object) -> None:
        """Sets columns."""
        self._database.update("jobs", job_id, values)

    def is_over(self, job_id: str) -> bool:
        """True in a terminal state."""
        return self.get(job_id)["status"] in TERMINAL_STATUSES

    def say(self, job_id: str, key: str, message: str, level: str = "info") -> None:
        """Adds an event of our own; once per `key`."""
        line = Line(key=key, kind="event", at_s=now_s(), level=level, message=message)
        self.add_event(job_id, line)

    def add_event(self, job_id: str, line: Line) -> bool:
        """Adds an event of the trainer; False if its key is there already (a replayed step)."""
        row = {
            "id": new_id("ftevent-"),
            "job_id": job_id,
            "key": line.key,
            "created_at": line.at_s,
            "level": line.level,
            "message": line.message,
            "type": line.type,
            "data": line.data,
        }
        return self._database.insert("events", row, or_ignore=True)

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """`fine_tuning.job.event` objects, newest first."""
        sql = "SELECT * FROM events WHERE job_id = ? ORDER BY seq DESC"
        return [_event_object(row) for row in self._database.rows(sql, job_id)]

    def add_checkpoint(self, job_id: str, line: Line, model: str) -> bool:
        """Adds a checkpoint; False if that step has one already."""
        row = {
            "id": new_id("ftckpt_"),
            "job_id": job_id,
            "created_at": line.at_s,
            "step": line.step,
            "model": model,
            "metrics": line.data,
        }
        return self._database.insert("checkpoints", row, or_ignore=True)

    def checkpoints(self, job_id: str) -> list[dict[str, Any]]:
        """`fine_tuning.job.checkpoint` objects, newest first."""
        sql = "SELECT * FROM checkpoints WHERE job_id = ? ORDER BY step DESC"
        return [_checkpoint_object(row) for row in self._database.rows(sql, job_id)]


def job_object(row: Row) -> dict[str, Any]:
    """A row as OpenAI's `fine_tuning.job`, with the usual undocumented extra."""
    same = (
        "id created_at finished_at estimated_finish model fine_tuned_model status training_file "
        "validation_file result_files trained_tokens seed hyperparameters metadata error"
    )
    shown = {key: row[key] for key in same.split()}
    shown["object"] = "fine_tuning.job"
    shown["organization_id"] = f"org-{ORGANISATION}"
    shown["integrations"] = row["integrations"]
    shown["method"] = _method(row)
    shown["user_provided_suffix"] = row["suffix"]
    return shown


def _method(row: Row) -> dict[str, Any]:
    kind = row["method"]["type"]
    return {"type": kind, kind: {"hyperparameters": row["hyperparameters"]}}


def _event_object(row: Row) -> dict[str, Any]:
    shown = {key: row[key] for key in ("id", "created_at", "level", "message", "type", "data")}
    return {"object": "fine_tuning.job.event", **shown}


def _checkpoint_object(row: Row) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": row["id"],
        "created_at": row["created_at"],
        "fine_tuned_model_checkpoint": row["model"],
        "fine_tuning_job_id": row["job_id"],
        "step_number": row["step"],
        "metrics": row["metrics"],
    }


class WireHyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """As sent: each "auto", a number, or absent."""

    n_epochs: int | Literal["auto"] | None = None
    batch_size: int | Literal["auto"] | None = None
    learning_rate_multiplier: float | Literal["auto"] | None = None

    def checked(self, place: str) -> dict[str, Any]:
        """Values with "auto" for what is absent. Raises ApiError 400 beyond OpenAI's bounds."""
        _require_between(self.n_epochs, 1, 50, f"{place}.n_epochs")
        _require_between(self.batch_size, 1, 256, f"{place}.batch_size")
        rate = self.learning_rate_multiplier
        if isinstance(rate, float) and not 0 < rate < float("inf"):
            param = f"{place}.learning_rate_multiplier"
            raise ApiError(400, f"Invalid value for '{param}': must be above 0.", param=param)
        return {
            "n_epochs": self.n_epochs or "auto",
            "batch_size": self.batch_size or "auto",
            "learning_rate_multiplier": rate or "auto",
        }


def _require_between(value: int | str | None, low: int, high: int, param: str) -> None:
    if isinstance(value, int) and not low <= value <= high:
        message = f"Invalid value for '{param}': {value} is not between {low} and {high}."
        raise ApiError(400, message, param=param)
