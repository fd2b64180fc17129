"""A creation's reply is lost, or the app is killed (N1): never two jobs, none forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_provider import Answer, Reply, Request, Silence, refusal
from tests.support.projects import eventually, run, until
from tests.support.training_bench import CREATE, PLAN, Bench, bench, fail_creation
from tunedesk.core.errors import TunedeskError
from tunedesk.services.training import NOT_STARTED, UNKNOWN

FAILURES: dict[str, tuple[bool, Answer]] = {
    "no reply, nothing done": (False, Silence()),
    "no reply, done": (True, Silence()),
    "500, nothing done": (False, refusal(500, "Oops")),
    "502, done": (True, refusal(502, "Oops")),
    "408, nothing done": (False, refusal(408, "Slow")),
    "cut reply, done": (True, Reply(b'{"id": "ftj', cut_after_bytes=5)),
    "a page, done": (True, Reply(b"<html>", content_type="text/html")),
    "a page, nothing done": (False, Reply(b"<html>", content_type="text/html")),
}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.job_lookup._REMOTE_PAUSE_S", 0.01)


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


class Killed(BaseException):
    """The app is gone."""


@pytest.mark.parametrize("mode", ["all well", *FAILURES])
@pytest.mark.parametrize("n_calls", range(1, 12))
def test_killed_anywhere_there_is_at_most_one_job_and_none_is_forgotten(
    tmp_path: Path, mode: str, n_calls: int
) -> None:
    """Killed after the n-th write or read of the ledger; then opened again."""

    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.session.check()
            if mode in FAILURES:
                is_done, answer = FAILURES[mode]
                fail_creation(b.server, is_done=is_done, answer=answer)
            await start_and_be_killed(b, n_calls)
            b.server.before = b.server.after = lambda _: None
            again = b.new_training()
            await again.resume()
            jobs = await again.jobs()
            assert len(b.server.jobs) <= 1
            assert b.server.count(CREATE) <= 1
            if b.server.jobs:
                assert len(jobs) == 1
                found = await eventually(again.jobs, lambda jobs: jobs[0].remote_id)
                assert found[0].remote_id == "ftjob-1"
            elif jobs:
                await eventually(again.jobs, lambda jobs: jobs[0].status == NOT_STARTED)
            await again.close()

    run(steps())


async def start_and_be_killed(b: Bench, n_calls: int) -> None:
    really, left = b.project.in_ledger, n_calls

    async def counted(work: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return await really(work)

    b.project.in_ledger = counted  # type: ignore[method-assign]
    try:
        await b.training.start(PLAN, b.session)
    except (Killed, TunedeskError):
        pass
    finally:
        await b.training.close()
        b.project.in_ledger = really  # type: ignore[method-assign]
