"""Fine-tuning jobs as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.engine.job_objects import event_object
from tunedesk.engine.paging import Condition, Window, page_of
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.training.spec import Line
from tunedesk.engine.wire import ApiError, new_id, now_s


def new_job_id() -> str:
    """A fresh id of a job; its folder has the same name."""
    return new_id("ftjob-")


class JobStore:
    """Jobs with their events and checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, job_id: str, values: Mapping[str, Any], message: str) -> Row:
        """Adds a job in `validating_files` with its first events, `message` last; all or none."""
        row: Row = {
            "id": job_id,
            "created_at": now_s(),
            "status": "validating_files",
            "restarts": 0,
            "result_files": [],
            **values,
        }
        with self._database.together():
            self._database.insert("jobs", row)
            self.say(job_id, "created", f"Created fine-tuning job: {job_id}")
            self.say(job_id, "validating", message)
        return self.get(job_id)

    def get(self, job_id: str) -> Row:
        """Raises ApiError 404 for an unknown id."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        if row is None:
            message = f"Could not find fine tune: {job_id}"
            raise ApiError(404, message, param="fine_tuning_job_id", code="fine_tune_not_found")
        return row

    def page(self, window: Window, *, metadata: Mapping[str, str] | None) -> tuple[list[Row], bool]:
        """A page of all jobs, newest first, and whether more follow.

        With these pairs among their metadata, or, for None, without any metadata.
        """
        pair = "EXISTS (SELECT 1 FROM json_each(jobs.metadata) WHERE key = ? AND value = ?)"
        conditions = [Condition(pair, item) for item in (metadata or {}).items()]
        if metadata is None:
            conditions = [Condition("coalesce(metadata, '{}') = '{}'")]
        return page_of(self._database, "jobs", window, *conditions)

    def queue_position(self, job_id: str) -> int | None:
        """1 for the job that is trained next; None for one that does not wait in the queue."""
        sql = (
            "SELECT count(*) AS n FROM jobs JOIN jobs AS own ON own.id = ? "
            "WHERE own.status = 'queued' AND jobs.status = 'queued' AND jobs.seq <= own.seq"
        )
        found = self._database.row(sql, job_id)
        return found["n"] or None if found else None

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
        """Every `fine_tuning.job.event`, newest first."""
        sql = "SELECT * FROM events WHERE job_id = ? ORDER BY seq DESC"
        return [event_object(row) for row in self._database.rows(sql, job_id)]

    def events_page(self, job_id: str, window: Window) -> tuple[list[Row], bool]:
        """A page of them as rows, and whether more follow."""
        return page_of(self._database, "events", window, Condition("job_id = ?", (job_id,)))

    def add_checkpoint(self, job_id: str, line: Line, model: str) -> bool:
        """Adds a checkpoint; False if that step has one already.

        `line.data` is its metrics and, under `samples`, what the model answered then.
        """
        metrics = {key: value for key, value in line.data.items() if key != "samples"}
        row = {
            "id": new_id("ftckpt_"),
            "job_id": job_id,
            "created_at": line.at_s,
            "step": line.step,
            "model": model,
            "metrics": metrics,
            "samples": line.data.get("samples"),
        }
        return self._database.insert("checkpoints", row, or_ignore=True)

    def checkpoints_page(self, job_id: str, window: Window) -> tuple[list[Row], bool]:
        """A page of its checkpoints, newest first, as rows, and whether more follow."""
        return page_of(self._database, "checkpoints", window, Condition("job_id = ?", (job_id,)))
