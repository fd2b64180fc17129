"""A start under way tells how far it is, can be given up, and is gone on with after an end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_provider import Answer, Reply, Request
from tests.support.projects import run, until
from tests.support.training_bench import CREATE, PLAN, Bench, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.services.training import StartStage

IN_PARTS: dict[str, Any] = {"uploads": True, "uploads_from_bytes": 300}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.uploading.MIN_PART_BYTES", 400)


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
            assert seen == [StartStage.FREEZING, StartStage.UPLOADING, StartStage.CREATING]
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
