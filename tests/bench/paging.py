"""A page from the middle of ten thousand events, beside reading them all for it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from tests.bench.timing import Row, best_s
from tunedesk.engine.jobs import JobStore, new_job_id
from tunedesk.engine.paging import Window
from tunedesk.engine.storage import Database
from tunedesk.engine.training.spec import Line

N_EVENTS = 10_000
_PAGE = 20


def page_of_events() -> Row:
    """Pages of twenty events behind the five-thousandth, in a second."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return _measured(stack.enter_context(closing(Database(Path(folder) / "engine.db"))))


def _measured(database: Database) -> Row:
    jobs = JobStore(database)
    job = jobs.create(new_job_id(), _VALUES, "Validating training file: x")["id"]
    with database.together():
        for step in range(N_EVENTS):
            data = {"step": step, "train_loss": 1.5}
            jobs.add_event(job, Line(key=str(step), kind="event", at_s=step, data=data))
    after = jobs.events(job)[N_EVENTS // 2]["id"]

    def whole() -> list[object]:
        rows = jobs.events(job)
        start = [row["id"] for row in rows].index(after) + 1
        return list(rows[start : start + _PAGE])

    def paged() -> object:
        return jobs.events_page(job, Window(after=after, limit=_PAGE))

    ours_s, all_s = best_s(paged, whole)
    return Row("page of 20 of 10,000 events", "pages/s", 1 / ours_s, 1 / all_s, "reading all")


_VALUES = {
    "model": "m",
    "training_file": "file-1",
    "seed": 1,
    "hyperparameters": {},
    "method": {"type": "supervised"},
    "integrations": [],
}

MEASURES = (page_of_events,)
