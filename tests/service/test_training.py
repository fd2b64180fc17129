"""Whether a fine-tune can start, and starting it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, raw, user
from tests.support.fake_provider import Reply, refusal
from tests.support.projects import Home, home, project, rows_of, run, session, write_rows
from tests.support.scripted_training import free_here
from tests.support.training_bench import PLAN, Bench, bench
from tunedesk.core.auto import ResolvedDpo
from tunedesk.core.edits import MoveRows, SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import EngineStatus, LocalEngine
from tunedesk.services.train.chosen_rows import ChosenRows, RowsPart
from tunedesk.services.train.disk_and_memory import Room, need_of, room_check
from tunedesk.services.train.provider_reach import Reach
from tunedesk.services.train.readiness import engine_check, readiness_of, row_limit
from tunedesk.services.train.snapshots import SnapshotWriter
from tunedesk.services.train.submission import suffix_of
from tunedesk.services.train.training import Readiness, ReadyCheck

READY = ReadyCheck(code="provider_ready", level="ok", args={"name": "Here"})


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
            del b.server.files[0]
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


def test_rows_of_which_the_chosen_model_learns_nothing_stay_here(tmp_path: Path) -> None:
    """Whichever model the dataset is for, and edited in the last moment."""
    small = LengthTarget(model="small", label="Small", limit_tokens=2_048)
    lost = chat(user("word " * 3_000), assistant("Never learned"))

    async def steps() -> None:
        async with bench(tmp_path, [*rows_of(20), lost]) as b:
            for limit, target, n_cut_off in (
                (2_048, None, 1),
                (None, small, 0),
                (65_536, small, 0),
            ):
                profile = b.providers.profile("fake")
                b.providers.book.put(msgspec.structs.replace(profile, max_row_tokens=limit))
                b.session.set_target(target)
                ready = await b.training.readiness(PLAN, b.session)
                checks = {check.code: check.args for check in ready.checks}
                assert "set_aside" not in checks and ready.n_train + ready.n_test == 21 - n_cut_off
                assert checks.get("cut_off", {"n": 0})["n"] == n_cut_off
                b.session.apply(MoveRows(20, 1, 20))  # the same rows, looked at anew
                await b.training.start(PLAN, b.session)
                sent = b"".join(file["content"] for file in b.server.files)
                assert (b"Never learned" in sent) == (not n_cut_off)

    run(steps())


def test_what_is_known_of_the_rows_is_told_before_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunedesk.services.train.early_checks._UNSAID_S", 0.0)

    async def steps() -> None:
        told: list[tuple[list[str], bool]] = []

        def tell(checks: Sequence[ReadyCheck], known: Readiness | None) -> None:
            told.append(([c.code for c in checks if c.level == "busy"], known is not None))

        async with bench(tmp_path, rows_of(400)) as b:
            ready = await b.training.readiness(PLAN, b.session, tell)
            assert ready.can_start
            busy = [codes for codes, _ in told]
            assert ["rows_looked_at"] in busy
            assert ["likes_sought", "tokens_counted"] in busy
            assert [is_known for codes, is_known in told if "likes_sought" in codes][-1]

    run(steps())


def test_readiness_tells_what_will_happen_and_what_keeps_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            ready = await b.training.readiness(PLAN, b.session)
            assert (ready.n_train, ready.n_test, ready.can_start) == (17, 3, True)
            assert (ready.costs.training_usd, ready.leaves_computer) == (None, True)
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
            assert {one.line for one in b.server.requests} <= {"GET /models"}
            assert b.training.providers()[0].name == "Fake"
            models = await b.training.base_models("fake")
            assert [(m.id, m.label) for m in models] == [("base-1", "Base One")]

    run(steps())


def test_rows_may_be_of_two_datasets_and_of_either_side(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b, exam_of(b, rows_of(6, first=17)) as exam:
            for index in range(6):
                exam.apply(SetSplit(index=index, split="test"))
            rows = ChosenRows(RowsPart(b.session, "both"), RowsPart(exam, "test"))
            ready = await b.training.readiness(PLAN, rows)
            checks = {check.code: check for check in ready.checks}
            assert (ready.n_train, ready.n_test) == (20, 6)
            assert checks["same_prompts"].args == {"n": 3, "n_test": 6}
            for index in range(17, 20):
                b.session.apply(SetSplit(index=index, split="aside"))
            ready = await b.training.readiness(PLAN, rows)
            assert (ready.n_train, ready.can_start) == (17, True)
            assert "test_prompts" in {check.code for check in ready.checks}
            await b.training.start(PLAN, rows)
            sent = [file["content"].splitlines() for file in b.server.files]
            assert sent == [rows_of(17), rows_of(6, first=17)]
            none = ChosenRows(RowsPart(b.session, "both"), None)
            await b.training.start(PLAN, none)
            assert b.server.jobs[-1].get("validation_file") is None

    run(steps())


@asynccontextmanager
async def exam_of(b: Bench, rows: Sequence[bytes]) -> AsyncIterator[DatasetSession]:
    """A second dataset of the project, open beside the first."""
    path = write_rows(b.project.folder / "datasets" / "exam.jsonl", rows)
    opened = await open_session(b.project, await b.project.add_dataset(path))
    try:
        yield opened
    finally:
        await opened.close()


def test_test_rows_of_another_kind_are_refused(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b, exam_of(b, [pair(i) for i in range(3)]) as exam:
            rows = ChosenRows(RowsPart(b.session, "train"), RowsPart(exam, "both"))
            ready = await b.training.readiness(PLAN, rows)
            (refused,) = [check for check in ready.checks if check.level == "error"]
            assert refused.args == {"train": "chat", "test": "preference"}

    run(steps())


def test_a_key_that_is_refused_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.before = lambda _: refusal(401, "Incorrect API key provided.")
            for _ in range(3):
                ready = await b.training.readiness(PLAN, b.session)
            assert b.server.count("GET /models") == 1  # not at each letter that is typed
            refused = ready.checks[-1]
            assert (refused.code, refused.level) == ("provider_unreached", "error")
            assert "Settings" in str(refused.args["detail"])
            with pytest.raises(TunedeskError, match="provider_unreached"):
                await b.training.start(PLAN, b.session)
            assert b.server.files == []
            b.server.before = lambda _: None
            b.providers.tell()  # the key was entered anew
            ready = await b.training.readiness(PLAN, b.session)
            assert (ready.checks[-1].level, ready.can_start) == ("ok", True)

    run(steps())


def test_a_provider_that_takes_its_time_is_being_asked(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            reach = Reach(b.providers)
            fake = b.providers.profile("fake")
            b.server.before = lambda _: Reply({"data": []}, head_delay_s=0.3)
            check = await reach.check(fake, 0.0)
            assert (check.code, check.level) == ("provider_asked", "busy")
            assert (await reach.check(fake, 60.0)).level == "ok"
            await reach.close()

    run(steps())


@pytest.mark.parametrize(
    ("disk_bytes", "memory_bytes", "code"),
    [
        (10**10, 10**10, "engine_ready"),
        (10**8, 10**10, "disk"),
        (10**10, 10**9, "memory"),
        (None, 10**10, "provider_ready"),
        (10**10, None, "provider_ready"),
    ],
)
def test_disk_and_memory_are_compared_with_what_training_takes(
    disk_bytes: int | None, memory_bytes: int | None, code: str
) -> None:
    need = need_of("smollm2-135m-instruct", 3, 15_000)
    assert 1.3e9 < (need.memory_bytes or 0) < 1.6e9
    assert 1.1e8 < need.disk_bytes < 2.5e8
    check = room_check("Here", Room(Path("/engine"), disk_bytes, memory_bytes), need)
    assert (check.code, check.level) == (code, "error" if code in ("disk", "memory") else "ok")
    assert (need_of("Llama-3.1-8B", 3, 0).memory_bytes or 0) > 30 * 10**9
    assert need_of("mine", 3, 0).memory_bytes is None


def test_a_providers_switches_decide_what_is_ready(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            book, fake = b.providers.book, b.providers.profile("fake")

            async def errors(**switches: object) -> list[ReadyCheck]:
                book.put(msgspec.structs.replace(fake, **switches))
                found = await b.training.readiness(plan, b.session)
                return [check for check in found.checks if check.level == "error"]

            plan = PLAN
            (few,) = await errors(min_examples=18)
            assert (few.code, few.args) == ("train_rows", {"n": 17, "needed": 18})
            assert await errors(min_examples=17) == []
            (chat_only,) = await errors(trains=False)
            assert (chat_only.code, chat_only.args) == ("provider_chat_only", {"name": "Fake"})
            assert not b.training.providers()[0].trains
            with pytest.raises(TunedeskError, match="provider_chat_only"):
                await b.training.start(PLAN, b.session)
            rate = Hyperparameters(learning_rate_multiplier=2.0)
            plan = msgspec.structs.replace(PLAN, hyperparameters=rate)
            assert await errors(learning_rate="factor") == []
            (too_high,) = await errors(learning_rate="absolute")
            assert too_high.args["field"] == "learning_rate"
            assert b.training.providers()[0].takes_rate
            assert {one.line for one in b.server.requests} <= {"GET /models"}

    run(steps())


def test_readiness_knows_the_engines_state_and_the_rows_limits(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(8), chat(user("Long"), assistant("word " * 3000))]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            local = Providers(idle_engine(place)).profile("local")
            plan = msgspec.structs.replace(PLAN, provider_id="local")
            assert [row_limit(local, told) for told in (None, 512, 32_768)] == [2048, 512, 2048]
            limit = row_limit(local, 512)
            for state, code, level in (
                ("ready", "provider_ready", "ok"),
                ("starting", "provider_starting", "busy"),
                ("missing", "provider_missing", "error"),
                ("no_model", "provider_missing", "error"),
                ("failed", "provider_failed", "error"),
                ("stopped", "provider_failed", "error"),
            ):
                status = EngineStatus(state=state, detail="Why.")
                place_check = engine_check(local, status) or READY
                chosen = ChosenRows.of(opened)
                ready = readiness_of(plan, chosen, local, place_check, free_here(), limit)
                assert (ready.checks[-1].code, ready.checks[-1].level) == (code, level)
                assert not ready.can_start  # fewer than 10 rows
            checks = {check.code: check for check in ready.checks}
            assert checks["longest_row"].level == "warning"
            assert checks["longest_row"].args["limit"] == 512
            assert checks["train_rows"].level == "error"
            assert not ready.leaves_computer

    run(steps())


def idle_engine(place: Home) -> LocalEngine:
    return LocalEngine(place.folders, place.background)


def test_prompts_with_completions_are_for_our_engine_alone(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [raw({"prompt": f"Once {i}", "completion": " upon"}) for i in range(16)]
        async with bench(tmp_path, rows) as b:
            ready = await b.training.readiness(PLAN, b.session)
            assert ready.checks[0].code == "format"
            assert not ready.can_start
            engine = msgspec.structs.replace(b.providers.profile("fake"), kind="tunedesk")
            b.providers.book.put(engine)
            assert (await b.training.readiness(PLAN, b.session)).can_start

    run(steps())


def test_pairs_are_for_who_learns_from_preferences(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, [pair(i) for i in range(16)]) as b:
            plan = msgspec.structs.replace(
                PLAN, method="dpo", hyperparameters=DpoHyperparameters(beta=0.2)
            )
            ready = await b.training.readiness(plan, b.session)
            assert (ready.checks[0].code, ready.checks[0].level) == ("dpo_from_base", "warning")
            assert ready.can_start
            assert isinstance(ready.resolved, ResolvedDpo)
            assert (ready.resolved.beta, ready.resolved.n_epochs) == (0.2, 2)
            tuned = msgspec.structs.replace(plan, base_model="ft:base-1:org::abc")
            codes = [c.code for c in (await b.training.readiness(tuned, b.session)).checks]
            assert "dpo_from_base" not in codes
            wild = msgspec.structs.replace(plan, hyperparameters=DpoHyperparameters(beta=3.0))
            (refused,) = [
                c
                for c in (await b.training.readiness(wild, b.session)).checks
                if c.level == "error"
            ]
            assert refused.args == {"field": "beta", "value": "3", "low": "1e-06", "high": "2"}
            await b.training.start(plan, b.session)
            body = json.loads(b.server.requests[-1].body)
            numbers = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
            assert body["method"] == {
                "type": "dpo",
                "dpo": {"hyperparameters": {**numbers, "beta": 0.2}},
            }
            b.providers.book.put(msgspec.structs.replace(b.providers.profile("fake"), dpo=False))
            refusing = await b.training.readiness(plan, b.session)
            assert (refusing.checks[0].code, refusing.can_start) == ("no_dpo", False)

    run(steps())


def pair(number: int) -> bytes:
    """A preference row."""
    return raw(
        {
            "input": {"messages": [user(f"What is {number} plus {number}?")]},
            "preferred_output": [assistant(f"{2 * number}.")],
            "non_preferred_output": [assistant("Who knows.")],
        }
    )


def test_edits_while_the_rows_are_put_aside_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            loop, add = asyncio.get_running_loop(), SnapshotWriter.add

            def edit() -> None:
                b.session.apply(SetSplit(index=5, split="aside"))

            def add_and_be_edited(writer: SnapshotWriter, rows: Sequence[bytes]) -> None:
                add(writer, rows)
                loop.call_soon_threadsafe(edit)

            monkeypatch.setattr(SnapshotWriter, "add", add_and_be_edited)
            with pytest.raises(TunedeskError, match="was edited"):
                await b.training.start(PLAN, b.session)
            assert {one.line for one in b.server.requests} <= {"GET /models"}
            assert await b.training.jobs() == []
            assert not list((b.project.folder / "snapshots").glob(".snapshot-*"))

    run(steps())


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("Marv style!", "marv-style"), ("ไทย", None), ("--", None), ("a" * 99, "a" * 40)],
)
def test_a_name_becomes_a_part_of_the_models_id(name: str, suffix: str | None) -> None:
    assert suffix_of(name) == suffix
