"""Ten thousand jobs and events: every page is found by its place, and walking finds each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tunedesk.engine.jobs import JobStore
from tunedesk.engine.paging import Window
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError

N_ROWS = 10_000

_Page = Callable[[Window], tuple[list[Row], bool]]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """With so many jobs, and so many events of the first."""
    folder: Path = tmp_path_factory.mktemp("many")
    with closing(Database(folder / "engine.db")) as opened:
        with opened.together():
            for number in range(N_ROWS):
                opened.insert("jobs", _job(number))
            for number in range(N_ROWS):
                opened.insert("events", _event(number))
        yield opened


def _job(number: int) -> dict[str, Any]:
    return {
        "id": f"ftjob-{number}",
        "created_at": number,
        "status": "queued" if number % 100 == 0 else "succeeded",
        "model": "m",
        "training_file": "file-1",
        "seed": 1,
        "restarts": 0,
        "hyperparameters": {},
        "method": {"type": "supervised"},
        "integrations": [],
        "metadata": None if number % 2 else {"parity": "even", "third": str(number % 3)},
        "result_files": [],
    }


def _event(number: int) -> dict[str, Any]:
    row = {"id": f"ftevent-{number}", "job_id": "ftjob-0", "key": str(number), "created_at": 1}
    return {**row, "level": "info", "message": "m", "type": "message", "data": {}}


def _walk(page: _Page, limit: int) -> list[str]:
    seen: list[str] = []
    after = None
    while True:
        rows, has_more = page(Window(after=after, limit=limit))
        seen += [row["id"] for row in rows]
        if not has_more:
            return seen
        after = seen[-1]


def test_walking_finds_each_job_once_newest_first(database: Database) -> None:
    jobs = JobStore(database)
    seen = _walk(lambda window: jobs.page(window, metadata={}), 999)
    assert seen == [f"ftjob-{number}" for number in reversed(range(N_ROWS))]


def test_walking_finds_each_event_once_newest_first(database: Database) -> None:
    jobs = JobStore(database)
    seen = _walk(lambda window: jobs.events_page("ftjob-0", window), 1000)
    assert seen == [f"ftevent-{number}" for number in reversed(range(N_ROWS))]


def test_metadata_chooses_before_the_page_is_cut(database: Database) -> None:
    jobs = JobStore(database)
    wanted = {"parity": "even", "third": "1"}
    seen = _walk(lambda window: jobs.page(window, metadata=wanted), 100)
    assert seen == [f"ftjob-{n}" for n in reversed(range(N_ROWS)) if n % 2 == 0 and n % 3 == 1]
    without = _walk(lambda window: jobs.page(window, metadata=None), 1000)
    assert len(without) == N_ROWS / 2
    assert jobs.page(Window(limit=5), metadata={"parity": "odd"}) == ([], False)


def test_an_unknown_place_is_refused(database: Database) -> None:
    with pytest.raises(ApiError, match="'ftjob-x' was not found in items"):
        JobStore(database).page(Window(after="ftjob-x", limit=1), metadata={})


def test_a_place_in_another_jobs_list_is_refused(database: Database) -> None:
    with pytest.raises(ApiError, match="'ftevent-5' was not found in items"):
        JobStore(database).events_page("ftjob-1", Window(after="ftevent-5", limit=1))


def test_the_place_in_the_queue_counts_from_the_oldest(database: Database) -> None:
    jobs = JobStore(database)
    assert jobs.queue_position("ftjob-0") == 1
    assert jobs.queue_position("ftjob-9900") == 100
    assert jobs.queue_position("ftjob-9901") is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM jobs WHERE seq < 5000 ORDER BY seq DESC LIMIT 21",
        "SELECT * FROM events WHERE job_id = 'ftjob-0' AND seq < 5000 ORDER BY seq DESC LIMIT 21",
        "SELECT * FROM jobs WHERE status IN ('queued') ORDER BY seq",
    ],
)
def test_no_page_sorts_or_reads_the_whole_table(database: Database, sql: str) -> None:
    plan = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {sql}")]
    assert all(step.startswith("SEARCH") for step in plan), plan
