"""A creation's reply is lost: never two jobs, none forgotten. Kills are in tests/faults."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.fake_provider import Answer, Reply, Request, Silence, refusal
from tests.support.fake_provider.faults import FAILURES
from tests.support.projects import run, until
from tests.support.training_bench import CREATE, PLAN, bench, fail_creation
from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.training import NOT_STARTED, UNKNOWN


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.train.job_lookup._REMOTE_PAUSE_S", 0.01)


@pytest.mark.parametrize("mode", FAILURES)
def test_a_lost_reply_is_looked_up_and_never_sent_twice(tmp_path: Path, mode: str) -> None:
    is_done, answer = FAILURES[mode]

    async def steps() -> None:
        async with bench(tmp_path) as b:
            fail_creation(b.server, is_done=is_done, answer=answer)
            await b.training.start(PLAN, b.session)
            record = await b.job()
            assert b.server.count(CREATE) == 1
            if is_done:
                assert record.remote_id == "ftjob-1"
                assert record.status == "queued"
            else:
                assert record.status == NOT_STARTED
                assert "nothing was started" in (record.error or "")

    run(steps())


def test_while_the_provider_cannot_be_asked_the_job_is_unknown(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:

            def down(request: Request) -> Answer | None:
                return Silence() if "jobs" in request.path and request.method == "GET" else None

            fail_creation(b.server, is_done=True, answer=Silence())
            b.server.before = down
            await b.training.start(PLAN, b.session)
            record = await b.job()
            assert record.status == UNKNOWN
            assert "may exist" in (record.error or "")
            with pytest.raises(TunedeskError, match="not known"):
                await b.training.cancel(record.local_id)
            b.server.before = lambda _: None
            found = await b.reach("queued")
            assert (found.remote_id, found.error) == ("ftjob-1", None)
            assert b.server.count(CREATE) == 1

    run(steps())


def test_a_refusal_is_raised_and_noted(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            fail_creation(b.server, is_done=False, answer=refusal(403, "Closed to your account"))
            with pytest.raises(TunedeskError, match="Closed to your account"):
                await b.training.start(PLAN, b.session)
            record = await b.job()
            assert record.status == NOT_STARTED
            assert "Closed to your account" in (record.error or "")
            assert b.server.count(CREATE) == 1

    run(steps())


def test_an_upload_that_fails_leaves_no_job(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            short = Reply({"id": "file-1", "bytes": 3})
            b.server.after = lambda r: short if r.line == "POST /files" else None
            with pytest.raises(TunedeskError, match="did not arrive whole"):
                await b.training.start(PLAN, b.session)
            assert await b.training.jobs() == []
            assert b.server.count(CREATE) == 0

    run(steps())


def test_two_clicks_start_one_job(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            first, second = await asyncio.gather(
                b.training.start(PLAN, b.session),
                b.training.start(PLAN, b.session),
                return_exceptions=True,
            )
            assert isinstance(first, str)
            assert isinstance(second, TunedeskError)
            assert len(b.server.jobs) == 1

    run(steps())


def test_a_start_nobody_waits_for_goes_on(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            waiting = asyncio.create_task(b.training.start(PLAN, b.session))
            await until(lambda: b.server.files)
            waiting.cancel()
            await until(lambda: b.told)
            await b.reach("queued")
            assert len(b.server.jobs) == 1

    run(steps())
