"""Watching jobs: only news, no bursts, honest about what is not known (faults N6, N7)."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import msgspec

from tests.support.fake_provider import Answer, Reply, Request, event, refusal
from tests.support.projects import eventually, run, until
from tests.support.training_bench import PLAN, bench
from tunedesk.core.curves import ReadingCode
from tunedesk.services.train.training import LOST, JobRecord


def test_a_key_or_an_engine_that_comes_back_is_not_waited_for(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, poll_s=3600.0) as b:
            local_id = await b.training.start(PLAN, b.session)
            await until(lambda: b.server.count("GET /fine_tuning/jobs/ftjob-1"))
            b.set_status("running")

            async def told_again() -> JobRecord:
                b.providers.tell()
                return await b.job()

            await eventually(told_again, lambda record: record.status == "running", 60)
            assert local_id in b.told

    run(steps())


def test_a_job_is_followed_to_its_end(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            b.set_status("running")
            b.server.events = [
                event(0, "Created"),
                event(1, "", step=1, total_steps=3, train_loss=3),
            ]
            running = await b.reach("running")
            assert running.stage == "training"
            assert running.started_at_ms == b.place.now_ms
            b.server.events += [
                event(n, "", step=n, total_steps=3, train_loss=3 / n, full_valid_loss=3 / n)
                for n in (2, 3)
            ]
            b.server.checkpoints = [
                {"id": "c1", "fine_tuned_model_checkpoint": "ft:c1", "step_number": 2}
            ]
            tuned = "ft:base-1:me:marv:1"
            b.set_status("succeeded", fine_tuned_model=tuned, finished_at=1_750_000_009)
            done = await b.reach("succeeded")
            assert (done.stage, done.finished_at_ms) == ("ready", 1_750_000_009_000)
            view = await b.training.view(local_id)
            assert view.record == done
            assert view.record.state is not None
            assert view.record.state.fine_tuned_model == tuned
            assert [e.id for e in view.events] == [f"ftevent-{n}" for n in range(4)]
            assert view.curve.train == [(1, 3.0), (2, 1.5), (3, 1.0)]
            assert view.reading.code is ReadingCode.STILL_FALLING
            assert [c.model for c in view.checkpoints] == ["ft:c1"]
            n_requests = len(b.server.requests)
            await asyncio.sleep(0.1)
            assert len(b.server.requests) == n_requests  # nobody asks any more

    run(steps())


def test_losses_that_come_with_checkpoints_alone_make_the_curve(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            fake = b.providers.profile("fake")
            b.providers.book.put(msgspec.structs.replace(fake, metrics_in="checkpoints"))
            local_id = await b.training.start(PLAN, b.session)
            b.set_status("running")
            await b.reach("running")
            b.server.checkpoints = [
                {
                    "id": f"c{step}",
                    "fine_tuned_model_checkpoint": f"ft:c{step}",
                    "step_number": step,
                    "metrics": {"train_loss": 3 / step, "valid_loss": 4 / step},
                }
                for step in (10, 20)
            ]
            b.told.clear()
            await until(lambda: b.told, "the page's notice")
            view = await b.training.view(local_id)
            assert view.curve.train == [(10, 0.3), (20, 0.15)]
            assert view.curve.held_out == [(10, 0.4), (20, 0.2)]

    run(steps())


def test_a_job_waits_and_goes_on_where_the_profile_has_a_pause(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:

            def pausing(request: Request) -> Answer | None:
                word = request.path.rpartition("/")[2]
                if word in ("pause", "resume"):
                    b.set_status("paused" if word == "pause" else "running")
                    return Reply(b.server.jobs[0])
                return None

            b.server.before = pausing
            local_id = await b.training.start(PLAN, b.session)
            b.set_status("running")
            await b.reach("running")
            assert not (await b.training.view(local_id)).can_pause
            fake = b.providers.profile("fake")
            b.providers.book.put(msgspec.structs.replace(fake, pause=True))
            assert (await b.training.view(local_id)).can_pause
            for is_paused, status in ((True, "paused"), (False, "running")):
                await b.training.pause(local_id, is_paused=is_paused)
                assert (await b.job()).status == status

    run(steps())


def test_a_provider_without_checkpoints_is_not_asked_for_them(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            fake = b.providers.profile("fake")
            b.providers.book.put(msgspec.structs.replace(fake, checkpoints=False))
            await b.training.start(PLAN, b.session)
            b.set_status("succeeded", fine_tuned_model="ft:x")
            await b.reach("succeeded")
            assert b.server.count("GET /fine_tuning/jobs/ftjob-1/checkpoints") == 0

    run(steps())


def test_only_news_are_told_and_no_event_is_kept_twice(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            b.server.events = [event(0), event(1)]
            b.set_status("running")
            await b.reach("running")
            n_told, n_asked = len(b.told), len(b.server.requests)
            await until(lambda: len(b.server.requests) > n_asked + 8)
            assert len(b.told) == n_told
            again = b.new_training()
            await again.resume()
            n_asked = len(b.server.requests)
            await until(lambda: len(b.server.requests) > n_asked + 8)
            assert len((await again.view(local_id)).events) == 2
            await again.close()

    run(steps())


def test_looks_keep_their_distance_and_back_off_while_nobody_answers(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.set_status("running")
            await b.reach("running")
            times: list[float] = []

            def gone(request: Request) -> Answer | None:
                if request.path.endswith("/ftjob-1"):
                    times.append(asyncio.get_running_loop().time())
                return refusal(503, "Down", **{"x-should-retry": "false"})

            b.server.before = gone
            await until(lambda: len(times) >= 5)
            gaps = [after - before for before, after in itertools.pairwise(times)]
            assert all(gap >= 0.02 for gap in gaps)
            assert gaps[3] >= 0.16  # 20 ms, doubled three times
            record = await b.job()
            assert record.status == "running"
            assert "problem of its own" in (record.error or "")
            b.server.before = lambda _: None
            await eventually(b.job, lambda record: record.error is None)

    run(steps())


def test_a_job_the_provider_forgot_is_lost_and_said_so(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.server.jobs.clear()
            record = await b.reach(LOST)
            assert "not known there any more" in (record.error or "")
            assert record.finished_at_ms == b.place.now_ms

    run(steps())


def test_unknown_statuses_are_shown_and_followed(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.set_status("compressing")
            assert (await b.reach("compressing")).stage == "training"
            b.set_status("failed", error={"code": "bad", "message": "Out of luck", "param": None})
            record = await b.reach("failed")
            assert record.state is not None
            assert record.state.error_message == "Out of luck"

    run(steps())


def test_cancelling_is_asked_of_the_provider_and_shown_at_once(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            b.server.events = [event(0, "Cancelled by you")]
            await b.training.cancel(local_id)
            assert (await b.job()).status == "cancelled"
            assert [e.message for e in (await b.training.view(local_id)).events] == [
                "Cancelled by you"
            ]

    run(steps())


def test_a_mistake_of_ours_is_said_and_the_job_stays_watched(tmp_path: Path) -> None:
    async def steps() -> None:
        said: list[BaseException] = []

        def stumble(_local_id: str) -> None:
            if not said:
                raise ZeroDivisionError

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, told: said.append(told["exception"]))
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.training.subscribe(stumble)
            b.set_status("running")
            await b.reach("running")
            b.set_status("succeeded", fine_tuned_model="ft:base-1:me:marv:1")
            await b.reach("succeeded")
        assert [type(error) for error in said] == [ZeroDivisionError]

    run(steps())
