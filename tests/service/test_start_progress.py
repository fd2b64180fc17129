"""A start under way tells how far it is, can be given up, and is gone on with after an end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import assistant, chat, user
from tests.support.fake_provider import Answer, Reply, Request
from tests.support.held_check import held_before
from tests.support.projects import rows_of, run, until
from tests.support.training_bench import CREATE, N_TEST, PLAN, Bench, bench
from tunedesk.core.edits import SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.protocol import Sketch
from tunedesk.services.train.training import StartStage

IN_PARTS: dict[str, Any] = {"uploads": True, "uploads_from_bytes": 300}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.train.uploading.MIN_PART_BYTES", 400)


def hold_second_part(b: Bench) -> list[Request]:
    """The second part of the first file is never answered; who asked is in the list."""
    held: list[Request] = []

    def hold(request: Request) -> Answer | None:
        if request.path.endswith("/parts") and b.server.parts:
            held.append(request)
            return Reply(b"", head_delay_s=60)
        return None

    b.server.before = hold
    return held


def test_every_stage_is_told_in_its_order(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **IN_PARTS) as b:
            seen: list[StartStage] = []

            def note() -> None:
                progress = b.training.start_progress
                if progress is not None and (not seen or seen[-1] is not progress.stage):
                    seen.append(progress.stage)
                    assert (progress.name, progress.provider_name) == ("Marv style!", "Fake")

            b.training.subscribe_start(note)
            await b.training.start(PLAN, b.session)
            assert seen[-3:] == [StartStage.FREEZING, StartStage.UPLOADING, StartStage.CREATING]
            assert seen[:-3] in ([], [StartStage.CHECKING])
            assert b.training.start_progress is None

    run(steps())


def test_a_start_that_is_cancelled_asks_for_no_job(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **IN_PARTS) as b:
            held = hold_second_part(b)
            starting = asyncio.create_task(b.training.start(PLAN, b.session))
            await until(lambda: held)
            assert b.training.start_progress is not None
            assert b.training.start_progress.can_cancel
            await b.training.cancel_start()
            with pytest.raises(TunedeskError) as caught:
                await starting
            assert caught.value.code == "start_cancelled"
            assert b.server.uploads[0]["status"] == "cancelled"
            assert await b.training.jobs() == []
            b.server.behave()
            await b.training.start(PLAN, b.session)
            assert b.server.count(CREATE) == 1

    run(steps())


def test_the_end_of_the_app_waits_for_no_upload_which_is_gone_on_with(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **IN_PARTS) as b:
            held = hold_second_part(b)
            starting = asyncio.create_task(b.training.start(PLAN, b.session))
            await until(lambda: held)
            await b.training.close()
            with pytest.raises(TunedeskError):
                await starting
            b.server.behave()
            b.server.requests.clear()
            b.training = b.new_training()
            await b.training.start(PLAN, b.session)
            first = b.server.uploads[0]["id"]
            n_parts = -(-b.server.uploads[0]["bytes"] // 400)
            assert b.server.count(f"POST /uploads/{first}/parts") == n_parts - 1
            assert len(b.server.jobs) == 1

    run(steps())


def test_once_the_job_is_asked_for_nothing_is_cancelled(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.after = lambda request: (
                Reply(b.server.jobs[0], head_delay_s=0.2) if request.line == CREATE else None
            )
            starting = asyncio.create_task(b.training.start(PLAN, b.session))
            await until(lambda: b.server.jobs)
            assert b.training.start_progress is not None
            assert not b.training.start_progress.can_cancel
            await b.training.cancel_start()
            await starting
            assert (await b.job()).remote_id == "ftjob-1"

    run(steps())


def test_a_start_says_how_far_the_check_is_that_it_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            with held_before(monkeypatch, Sketch) as (is_asked, may_go):
                starting = asyncio.create_task(b.training.start(PLAN, b.session))
                await until(is_asked.is_set)
                await until(lambda: b.training.start_progress)
                progress = b.training.start_progress
                assert progress is not None
                assert (progress.stage, progress.name) == (StartStage.CHECKING, "Marv style!")
                assert progress.check is not None
                assert progress.check.n_rows == 20
                may_go.set()
                await starting
            assert b.server.count(CREATE) == 1

    run(steps())


def test_a_start_that_is_cancelled_while_rows_are_checked_goes_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check itself goes on: the Data page shows what it finds."""

    async def steps() -> None:
        async with bench(tmp_path) as b:
            with held_before(monkeypatch, Sketch) as (is_asked, may_go):
                starting = asyncio.create_task(b.training.start(PLAN, b.session))
                await until(is_asked.is_set)
                await b.training.cancel_start()
                with pytest.raises(TunedeskError) as caught:
                    await starting
                assert caught.value.code == "start_cancelled"
                assert b.training.start_progress is None
                may_go.set()
                await b.session.check()
            assert await b.training.jobs() == []
            assert not [one for one in b.server.requests if one.method != "GET"]
            await b.training.start(PLAN, b.session)
            assert b.server.count(CREATE) == 1

    run(steps())


def test_a_start_without_test_rows_waits_for_no_texts_to_be_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can leak; what is nearly the same within train is a warning of the Data page."""

    async def steps() -> None:
        async with bench(tmp_path) as b:
            for index in range(N_TEST):
                b.session.apply(SetSplit(index=index, split="train"))
            with held_before(monkeypatch, Sketch):
                await b.training.start(PLAN, b.session)
            assert b.server.count(CREATE) == 1

    run(steps())


def test_leaks_are_told_before_a_start(tmp_path: Path) -> None:
    async def steps() -> None:
        like = chat(user("question 1"), assistant("Another answer."))
        async with bench(tmp_path, [*rows_of(20), like]) as b:
            ready = await b.training.readiness(PLAN, b.session)
            (line,) = (check for check in ready.checks if check.code == "leaks")
            assert (line.level, line.args) == ("warning", {"n": 1, "n_test": N_TEST})
            assert ready.can_start
            b.session.apply(SetSplit(index=20, split="test"))
            ready = await b.training.readiness(PLAN, b.session)
            codes = [check.code for check in ready.checks]
            assert "leaks" not in codes
            assert "test_rows" in codes

    run(steps())
