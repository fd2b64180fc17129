"""Starting and watching fine-tunes against a server that does as it is told."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, raw, user
from tests.support.fake_provider import (
    Answer,
    FakeProvider,
    Reply,
    Request,
    Silence,
    event,
    fake_provider,
    refusal,
)
from tests.support.projects import (
    Home,
    fake_providers,
    home,
    project,
    rows_of,
    run,
    session,
    until,
)
from tunedesk.core.curves import ReadingCode
from tunedesk.core.edits import SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Hyperparameters
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.project import Project
from tunedesk.services.providers import Providers
from tunedesk.services.readiness import readiness_of
from tunedesk.services.local_engine import EngineStatus
from tunedesk.services.submission import suffix_of
from tunedesk.services.training import LOST, NOT_STARTED, UNKNOWN, FineTunePlan, Training
from tunedesk.store.records import JobRecord

PLAN = FineTunePlan(name="Marv style!", provider_id="fake", base_model="base-1", seed=7)
CREATE = "POST /fine_tuning/jobs"
N_TEST = 3


class Bench:
    """A project with an open dataset of 20 rows, three of them held out, and a fake server."""

    def __init__(
        self,
        place: Home,
        server: FakeProvider,
        providers: Providers,
        made: Project,
        opened: DatasetSession,
    ) -> None:
        self.place, self.server, self.providers = place, server, providers
        self.project, self.session = made, opened
        self.training = self.new_training()
        self.told: list[str] = []
        self.training.subscribe(self.told.append)

    def new_training(self) -> Training:
        return Training(self.project, self.providers, self.place.background, self.place.clock)

    async def job(self) -> JobRecord:
        """The only job there is."""
        (record,) = await self.training.jobs()
        return record

    async def reach(self, *statuses: str) -> JobRecord:
        """Wait until the only job has one of the statuses."""
        while (record := await self.job()).status not in statuses:
            await asyncio.sleep(0.01)
        return record

    def set_status(self, status: str, **more: Any) -> None:
        self.server.jobs[0].update(status=status, **more)


@asynccontextmanager
async def bench(folder: Path, rows: Sequence[bytes] | None = None) -> AsyncIterator[Bench]:
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(place, server) as providers,
        project(place) as made,
        session(made, rows or rows_of(20)) as opened,
    ):
        for index in range(len(opened)):
            opened.apply(SetSplit(index=index, split="test" if index < N_TEST else "train"))
        found = Bench(place, server, providers, made, opened)
        try:
            yield found
        finally:
            await found.training.close()


def test_a_start_freezes_uploads_notes_and_sends_one_request(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            record = await b.job()
            assert (record.local_id, record.remote_id) == (local_id, "ftjob-1")
            assert (record.name, record.n_train, record.n_held_out) == ("Marv style!", 17, 3)
            assert (record.status, record.stage) == ("queued", "queued")
            body = b.server.jobs[0]
            assert body["metadata"] == {"tunedesk_job": local_id}
            assert (body["model"], body["suffix"], body["seed"]) == ("base-1", "marv-style", 7)
            assert (body["training_file"], body["validation_file"]) == ("file-1", "file-2")
            assert record.request.items() <= body.items()
            train = b.server.files[0]["content"]
            assert train == b"".join(row + b"\n" for row in rows_of(17, first=3))
            assert record.train_digest == hashlib.sha256(train).hexdigest()
            frozen = b.project.folder / "snapshots" / f"{record.train_digest}.jsonl"
            assert frozen.read_bytes() == train
            assert b.told[0] == local_id

    run(steps())


def test_the_same_rows_are_uploaded_once_for_each_provider(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            await b.training.start(PLAN, b.session)
            assert b.server.count("POST /files") == 2
            assert len(b.server.jobs) == 2
            jobs = await b.training.jobs()
            assert len({job.local_id for job in jobs}) == 2

    run(steps())


def test_a_file_that_the_provider_lost_is_sent_again(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.server.jobs.clear()

            def forget(request: Request) -> Answer | None:
                old = request.line == CREATE and request.json["training_file"] == "file-1"
                return refusal(400, "No such File object: file-1") if old else None

            b.server.before = forget
            await b.training.start(PLAN, b.session)
            assert b.server.jobs[0]["training_file"] == "file-3"
            newest = (await b.training.jobs())[0]
            assert newest.remote_id == "ftjob-1"

    run(steps())


def test_rows_with_errors_are_set_aside_and_said_so(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(20), chat(user("Nobody answers"))]
        async with bench(tmp_path, rows) as b:
            ready = await b.training.readiness(PLAN, b.session)
            checks = {check.code: check for check in ready.checks}
            assert checks["set_aside"].args == {"n": 1}
            assert ready.can_start
            await b.training.start(PLAN, b.session)
            assert b"Nobody answers" not in b.server.files[0]["content"]

    run(steps())


def test_readiness_tells_what_will_happen_and_what_keeps_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            ready = await b.training.readiness(PLAN, b.session)
            assert (ready.n_train, ready.n_test, ready.can_start) == (17, 3, True)
            assert (ready.cost_usd, ready.estimate_s, ready.leaves_computer) == (None, None, True)
            sendable = b.session.sendable("train")
            assert ready.trained_tokens == sendable.trained_tokens * ready.resolved.n_epochs > 0
            assert [c.level for c in ready.checks] == ["ok"] * len(ready.checks)
            odd = msgspec.structs.replace(
                PLAN, name=" ", seed=-1, hyperparameters=Hyperparameters(n_epochs=51)
            )
            refused = await b.training.readiness(odd, b.session)
            errors = [c for c in refused.checks if c.level == "error"]
            assert [c.code for c in errors] == ["name", "hyperparameter", "hyperparameter"]
            assert errors[1].args == {"field": "n_epochs", "value": "51", "low": "1", "high": "50"}
            with pytest.raises(TunedeskError, match="name"):
                await b.training.start(odd, b.session)
            assert b.server.requests == []
            assert b.training.providers()[0].name == "Fake"
            models = await b.training.base_models("fake")
            assert [(m.id, m.label) for m in models] == [("base-1", "Base One")]

    run(steps())


def test_readiness_knows_the_engines_state_and_the_rows_limits(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(9), chat(user("Long"), assistant("word " * 3000))]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            local = Providers(idle_engine(place)).profile("local")
            plan = msgspec.structs.replace(PLAN, provider_id="local")
            for state, code, level in (
                ("ready", "provider_ready", "ok"),
                ("starting", "provider_starting", "busy"),
                ("missing", "provider_missing", "error"),
                ("failed", "provider_failed", "error"),
                ("stopped", "provider_failed", "error"),
            ):
                status = EngineStatus(state=state, detail="Why.")
                ready = readiness_of(plan, opened, local, status)
                assert (ready.checks[-1].code, ready.checks[-1].level) == (code, level)
                assert not ready.can_start  # fewer than 10 rows
            checks = {check.code: check for check in ready.checks}
            assert checks["longest_row"].level == "warning"
            assert checks["train_rows"].level == "error"
            assert ready.cost_usd == 0.0
            assert not ready.leaves_computer
            assert ready.estimate_s is not None

    run(steps())


def idle_engine(place: Home) -> Any:
    from tunedesk.services.local_engine import LocalEngine

    return LocalEngine(place.folders, place.background)


def test_other_formats_cannot_be_trained_on_yet(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [raw({"prompt": f"Once {i}", "completion": " upon"}) for i in range(12)]
        async with bench(tmp_path, rows) as b:
            ready = await b.training.readiness(PLAN, b.session)
            assert ready.checks[0].code == "format"
            assert not ready.can_start

    run(steps())


# ---- the reply is lost (N1) --------------------------------------------------------------------

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


def fail_creation(server: FakeProvider, *, is_done: bool, answer: Answer) -> None:
    def reply(request: Request) -> Answer | None:
        return answer if request.line == CREATE else None

    if is_done:
        server.after = reply
    else:
        server.before = reply


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
                (record,) = jobs
                while record.remote_id is None:
                    await asyncio.sleep(0.01)
                    (record,) = await again.jobs()
                assert record.remote_id == "ftjob-1"
            elif jobs:
                while jobs[0].status != NOT_STARTED:
                    await asyncio.sleep(0.01)
                    jobs = await again.jobs()
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


# ---- watching ----------------------------------------------------------------------------------


def test_a_job_is_followed_to_its_end(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            b.set_status("running")
            b.server.events = [event(0, "Created"), event(1, "", step=1, total_steps=3, train_loss=3)]
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
            gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
            assert all(gap >= 0.02 for gap in gaps)
            assert gaps[3] >= 0.16  # 20 ms, doubled three times
            record = await b.job()
            assert record.status == "running"
            assert "problem of its own" in (record.error or "")
            b.server.before = lambda _: None
            while (await b.job()).error:
                await asyncio.sleep(0.02)

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


def test_edits_while_the_rows_are_put_aside_stop_the_start(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            starting = asyncio.create_task(b.training.start(PLAN, b.session))
            await until(lambda: list((b.project.folder / "snapshots").glob(".snapshot-*")))
            b.session.apply(SetSplit(index=5, split="aside"))
            with pytest.raises(TunedeskError, match="was edited"):
                await starting
            assert b.server.requests == []
            assert not list((b.project.folder / "snapshots").glob(".snapshot-*"))

    run(steps())


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("Marv style!", "marv-style"), ("ไทย", None), ("--", None), ("a" * 99, "a" * 40)],
)
def test_a_name_becomes_a_part_of_the_models_id(name: str, suffix: str | None) -> None:
    assert suffix_of(name) == suffix
