"""Whether a fine-tune can start, and starting it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, raw, user
from tests.support.projects import Home, home, project, rows_of, run, session
from tests.support.scripted_training import free_here
from tests.support.training_bench import PLAN, bench
from tunedesk.core.auto import ResolvedDpo
from tunedesk.core.edits import SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.services.local_engine import EngineStatus, LocalEngine
from tunedesk.services.providers import Providers
from tunedesk.services.readiness import readiness_of
from tunedesk.services.snapshots import SnapshotWriter
from tunedesk.services.submission import suffix_of
from tunedesk.services.training import ReadyCheck


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
            assert b.server.requests == []
            assert b.training.providers()[0].name == "Fake"
            models = await b.training.base_models("fake")
            assert [(m.id, m.label) for m in models] == [("base-1", "Base One")]

    run(steps())


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
            assert b.server.requests == []

    run(steps())


def test_readiness_knows_the_engines_state_and_the_rows_limits(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(8), chat(user("Long"), assistant("word " * 3000))]
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
                ready = readiness_of(plan, opened, local, status, free_here())
                assert (ready.checks[-1].code, ready.checks[-1].level) == (code, level)
                assert not ready.can_start  # fewer than 10 rows
            checks = {check.code: check for check in ready.checks}
            assert checks["longest_row"].level == "warning"
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
            assert b.server.requests == []
            assert await b.training.jobs() == []
            assert not list((b.project.folder / "snapshots").glob(".snapshot-*"))

    run(steps())


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("Marv style!", "marv-style"), ("ไทย", None), ("--", None), ("a" * 99, "a" * 40)],
)
def test_a_name_becomes_a_part_of_the_models_id(name: str, suffix: str | None) -> None:
    assert suffix_of(name) == suffix
