"""All models of all providers, with what the ledger knows of them, against a real HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_provider import FakeProvider, Reply, fake_provider, refusal
from tests.support.projects import fake_providers, home, project, run
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobState
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.model_list import ModelList, ModelRow
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord

TODAY = date(2026, 11, 23)
BASE, TUNED = "gpt-4.1-mini-2025-04-14", "ft:gpt-4.1-mini-2025-04-14:acme:support:A1"
CHECKPOINT = f"{TUNED}:ckpt-step-22"


@asynccontextmanager
async def bench(
    folder: Path,
) -> AsyncIterator[tuple[FakeProvider, Project, Providers, ModelList]]:
    async with (
        fake_provider() as server,
        home(folder) as place,
        project(place) as made,
        fake_providers(place, server) as providers,
    ):
        yield server, made, providers, ModelList(made, providers, today=lambda: TODAY)


async def add_job(made: Project) -> None:
    """A job that ended with a model and two checkpoints, the second with the lower loss."""
    state = JobState(
        id="ftjob-1", created_at_s=1, status="succeeded", model=BASE, fine_tuned_model=TUNED
    )
    job = JobRecord(
        local_id="j1",
        name="support",
        provider_id="fake",
        base_model=BASE,
        created_at_ms=1_790_000_000_000,
        train_digest="d",
        n_train=410,
        status="succeeded",
        state=state,
    )
    kept = [
        Checkpoint(
            id=f"c{step}",
            created_at_s=1,
            model=f"{TUNED}:ckpt-step-{step}",
            step_number=step,
            metrics={"full_valid_loss": loss},
        )
        for step, loss in ((11, 2.97), (22, 2.86))
    ]

    def write(ledger: Ledger) -> None:
        ledger.add_snapshot("d", made.folder / "d.jsonl", 410, "support.jsonl")
        ledger.add_intent(job)
        ledger.set_checkpoints("j1", kept)

    await made.in_ledger(write)


def model(model_id: str, **more: object) -> dict[str, object]:
    return {"id": model_id, "object": "model", "owned_by": "acme", "created": 5, **more}


async def loaded(models: ModelList) -> dict[str, ModelRow]:
    found = await models.load()
    assert not found.problems
    return {row.model: row for row in found.rows}


def test_a_model_knows_its_kind_its_job_and_its_end(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as (server, made, _providers, models):
            server.models = [model(TUNED, shutdown_date="2027-01-14"), model(BASE), model("llama")]
            await add_job(made)
            rows = await loaded(models)
            assert list(rows)[:2] == [BASE, "llama"]
            assert rows[BASE].kind == "base" and rows["llama"].ends is None
            tuned = rows[TUNED]
            assert (tuned.label, tuned.n_rows, tuned.owner) == ("support", 410, "acme")
            assert tuned.dataset == "support.jsonl"
            assert (tuned.days_left, tuned.is_end_told, tuned.is_ending) == (52, True, True)

    run(work())


def test_what_was_tuned_ends_with_its_base_as_the_provider_says(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as (server, made, _providers, models):
            server.models = [model(TUNED), model(BASE, shutdown_date="2026-12-03")]
            await add_job(made)
            rows = await loaded(models)
            ends = {(row.days_left, row.is_end_told) for row in rows.values()}
            assert ends == {(10, True)} and len(rows) == 4

    run(work())


def test_checkpoints_the_provider_leaves_out_come_from_the_ledger(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as (server, made, _providers, models):
            server.models = [model(BASE), model(TUNED)]
            await add_job(made)
            rows = await loaded(models)
            best = rows[CHECKPOINT]
            assert (best.label, best.held_out_loss, best.is_best) == (
                "support · step 22",
                2.86,
                True,
            )
            assert not rows[f"{TUNED}:ckpt-step-11"].is_best

    run(work())


def test_a_provider_out_of_reach_is_named_and_hides_nobody_else(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as (server, _made, _providers, models):
            server.before = lambda _request: refusal(401, "Incorrect API key provided.")
            found = await models.load()
            assert list(found.rows) == []
            assert list(found.problems) == ["Fake"] and found.problems["Fake"].what

    run(work())


def test_deleting_asks_once_and_tells_a_refusal(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as (server, _made, _providers, models):
            server.models = [model(TUNED)]
            row = (await loaded(models))[TUNED]
            server.before = lambda _request: refusal(403, "Only owners may delete models.")
            with pytest.raises(TunedeskError, match="owners"):
                await models.delete(row)
            server.before = lambda request: (
                Reply({"id": TUNED, "object": "model", "deleted": True})
                if request.method == "DELETE"
                else None
            )
            await models.delete(row)
            assert [r.method for r in server.requests].count("DELETE") == 2

    run(work())


def test_what_no_provider_says_comes_from_known_families_and_the_price_table(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as (server, _made, providers, models):
            fake = providers.profile("fake")
            providers.book.put(msgspec.structs.replace(fake, preset="openai"))
            server.models = [
                {"id": "gpt-4.1-mini-2025-04-14", "object": "model", "created": 1},
                {"id": "nobodys", "object": "model", "created": 1},
            ]
            rows = {row.model: row for row in (await models.load()).rows if not row.is_local}
            known = rows["gpt-4.1-mini-2025-04-14"]
            assert (known.context_tokens, known.usd_per_million_trained_tokens) == (65_536, 5.0)
            unknown = rows["nobodys"]
            assert unknown.context_tokens is None
            assert unknown.usd_per_million_trained_tokens is None

    run(steps())
