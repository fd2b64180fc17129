"""The ledger's part about fine-tunes: intents, states, events, checkpoints."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Unpack

from tunedesk.core.jobs import Checkpoint, JobEvent
from tunedesk.store.ledger_database import (
    Tables,
    Value,
    column,
    columns_of,
    packed,
    record_of,
    unpacked,
)
from tunedesk.store.records import JobChanges, JobRecord

_NESTED = frozenset({"request", "state"})
_CHANGEABLE = frozenset(JobChanges.__annotations__)


class JobTables(Tables):
    """Jobs with their events and checkpoints. Part of `Ledger`."""

    def add_intent(self, job: JobRecord) -> None:
        """Write a job down before anything is sent. IntegrityError if `local_id` is taken."""
        with self._database.writing():
            self._database.insert("jobs", columns_of(job, _NESTED))

    def update_job(self, local_id: str, **changes: Unpack[JobChanges]) -> JobRecord:
        """Store what became known and return the whole record. KeyError for an unknown job."""
        if unknown := set(changes) - _CHANGEABLE:
            raise TypeError(f"a job's {', '.join(sorted(unknown))} cannot change")
        values = {name: column(value, is_nested=name in _NESTED) for name, value in changes.items()}
        if values:
            assignments = ", ".join(f"{name} = :{name}" for name in values)
            with self._database.writing():
                self._database.run(
                    f"UPDATE jobs SET {assignments} WHERE local_id = :local_id",  # noqa: S608
                    values | {"local_id": local_id},
                )
        return self.job(local_id)

    def job(self, local_id: str) -> JobRecord:
        """One job. Raises KeyError for an unknown id."""
        row = self._database.row("SELECT * FROM jobs WHERE local_id = ?", (local_id,))
        if row is None:
            raise KeyError(local_id)
        return record_of(JobRecord, row, _NESTED)

    def jobs(self) -> list[JobRecord]:
        """Every job, newest first."""
        rows = self._database.rows("SELECT * FROM jobs ORDER BY created_at_ms DESC, local_id")
        return [record_of(JobRecord, row, _NESTED) for row in rows]

    def active_jobs(self) -> list[JobRecord]:
        """Jobs that are not known to have ended, newest first, intents included."""
        return [job for job in self.jobs() if job.is_active]

    def n_tuned_models(self) -> int:
        """How many jobs ended with a model."""
        return sum(1 for job in self.jobs() if job.state and job.state.fine_tuned_model)

    # ---- events and checkpoints ----------------------------------------------------------------

    def add_events(self, local_id: str, events: Sequence[JobEvent]) -> int:
        """Store events of a known job and return how many were new; known ones change nothing.

        An event is known by its id, and by all that it says: some providers give the same event
        another id at each call.
        """
        before = self._n_events(local_id)
        told = self._told_since(local_id, min((e.created_at_s for e in events), default=0))
        with self._database.writing():
            for event in events:
                if told[_content(event)] > 0:
                    told[_content(event)] -= 1
                    continue
                columns: dict[str, Value] = {
                    "local_id": local_id,
                    "event_key": _key(event),
                    "created_at_s": event.created_at_s,
                    "event": packed(event),
                }
                self._database.insert("events", columns, verb="INSERT OR IGNORE")
        return self._n_events(local_id) - before

    def events(self, local_id: str) -> list[JobEvent]:
        """Every event of a job, oldest first."""
        rows = self._database.rows(
            "SELECT event FROM events WHERE local_id = ? ORDER BY created_at_s, number",
            (local_id,),
        )
        return [unpacked(row["event"], JobEvent) for row in rows]

    def newest_events(self, local_id: str, n_events: int) -> list[JobEvent]:
        """As `events`, the last few alone."""
        rows = self._database.rows(
            "SELECT event FROM events WHERE local_id = ?"
            " ORDER BY created_at_s DESC, number DESC LIMIT ?",
            (local_id, n_events),
        )
        return [unpacked(row["event"], JobEvent) for row in reversed(rows)]

    def set_checkpoints(self, local_id: str, checkpoints: Sequence[Checkpoint]) -> bool:
        """Store the checkpoints of a known job in place of those there were, but for kept ones,
        which stay though their provider names them no more. Whether anything is new."""
        before = self.checkpoints(local_id)
        named = {one.model for one in checkpoints}
        kept = self._kept_models(local_id) - named
        wanted = [*checkpoints, *(one for one in before if one.model in kept)]
        if packed(sorted(wanted, key=_by_step)) == packed(before):
            return False
        with self._database.writing():
            self._database.run("DELETE FROM checkpoints WHERE local_id = ?", (local_id,))
            for checkpoint in wanted:
                columns: dict[str, Value] = {
                    "local_id": local_id,
                    "id": checkpoint.id,
                    "step_number": checkpoint.step_number,
                    "checkpoint": packed(checkpoint),
                }
                self._database.insert("checkpoints", columns, verb="INSERT OR REPLACE")
        return True

    def _kept_models(self, local_id: str) -> set[str]:
        rows = self._database.rows(
            "SELECT model FROM kept_checkpoints WHERE local_id = ?", (local_id,)
        )
        return {row["model"] for row in rows}

    def checkpoints(self, local_id: str) -> list[Checkpoint]:
        """The checkpoints of a job, by step."""
        rows = self._database.rows(
            "SELECT checkpoint FROM checkpoints WHERE local_id = ? ORDER BY step_number, id",
            (local_id,),
        )
        return [unpacked(row["checkpoint"], Checkpoint) for row in rows]

    def _told_since(self, local_id: str, since_s: int) -> Counter[str]:
        """How often each was told: an answer may hold the same words twice in a second."""
        rows = self._database.rows(
            "SELECT event FROM events WHERE local_id = ? AND created_at_s >= ?",
            (local_id, since_s),
        )
        return Counter(_content(unpacked(row["event"], JobEvent)) for row in rows)

    def _n_events(self, local_id: str) -> int:
        return self._database.number("SELECT count(*) FROM events WHERE local_id = ?", (local_id,))


def _by_step(checkpoint: Checkpoint) -> tuple[int, str]:
    return checkpoint.step_number, checkpoint.id


def _key(event: JobEvent) -> str:
    if event.id:
        return f"id:{event.id}"
    return "told:" + hashlib.sha256(_content(event).encode()).hexdigest()


def _content(event: JobEvent) -> str:
    return packed([event.created_at_s, event.type, event.message, event.data])
