"""N1: whatever the provider answers and wherever the app dies, there is at most one job for each
start, and none is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.fake_provider.faults import FAILURES
from tests.support.projects import eventually, run, until
from tests.support.training_bench import CREATE, PLAN, Bench, bench, fail_creation
from tunedesk.core.errors import TunedeskError
from tunedesk.services.project.project import Project
from tunedesk.services.train.training import NOT_STARTED, JobRecord

N_KILL_POINTS = 25


class Killed(BaseException):
    """The app is gone."""


class HasProject(Protocol):
    """Any bench."""

    project: Project


class Death:
    """Comes at the n-th border: before and after each read or write of the ledger. From then on
    nothing is read or written."""

    def __init__(self, b: HasProject, n_borders: int) -> None:
        self._bench, self._left = b, n_borders
        self._really = b.project.in_ledger

    def __enter__(self) -> Death:
        self._bench.project.in_ledger = self._in_ledger  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self._bench.project.in_ledger = self._really  # type: ignore[method-assign]

    @property
    def has_come(self) -> bool:
        return self._left <= 0

    async def _in_ledger(self, work: Any) -> Any:
        self._cross()
        found = await self._really(work)
        self._cross()
        return found

    def _cross(self) -> None:
        if self._left <= 0:
            raise Killed
        self._left -= 1


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.train.job_lookup._REMOTE_PAUSE_S", 0.0)


@pytest.mark.parametrize("mode", FAILURES)
def test_killed_anywhere_there_is_at_most_one_job_and_none_is_forgotten(
    tmp_path: Path, mode: str
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, poll_s=0.001) as b:
            await b.session.check()
            # What is acknowledged lasts in another process, too; power is not cut here.
            await b.project.in_ledger(lambda led: led._database.run("PRAGMA synchronous = OFF"))
            for n_borders in range(1, N_KILL_POINTS + 1):
                await die_and_come_back(b, mode, n_borders)

    run(steps())


async def die_and_come_back(b: Bench, mode: str, n_borders: int) -> None:
    is_done, answer = FAILURES[mode]
    n_asked = b.server.count(CREATE)
    fail_creation(b.server, is_done=is_done, answer=answer)
    with Death(b, n_borders) as death:
        await start_until_dead(b, death, is_done=is_done)
    b.server.behave()
    assert b.server.count(CREATE) <= n_asked + 1, f"killed at border {n_borders}"
    again = b.new_training()
    await again.resume()
    jobs = await eventually(again.jobs, lambda jobs: all(map(is_known, jobs)))
    await again.close()
    ours = [job.remote_id for job in jobs if job.remote_id]
    theirs = [job["id"] for job in b.server.jobs]
    assert sorted(ours) == sorted(theirs), f"killed at border {n_borders}"
    tags = [job["metadata"]["tunedesk_job"] for job in b.server.jobs]
    assert len(tags) == len(set(tags)), f"killed at border {n_borders}"
    for job in b.server.jobs:
        job["status"] = "succeeded"


async def start_until_dead(b: Bench, death: Death, *, is_done: bool) -> None:
    """Start, then watch the job, if there is one, until death comes."""
    training = b.new_training()
    try:
        await training.start(PLAN, b.session)
        await until(lambda: death.has_come or not is_done)
    except (Killed, TunedeskError):
        pass
    finally:
        await training.close()


def is_known(job: JobRecord) -> bool:
    return job.remote_id is not None or job.status == NOT_STARTED
