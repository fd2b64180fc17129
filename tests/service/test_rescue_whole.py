"""The whole rescue against a real engine: saved, taken in, kept, compared after the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

from tests.support.dataset_rows import assistant, chat, user
from tests.support.engine import RunningEngine, running_engine, wait_for_job
from tests.support.engine_jobs import upload
from tests.support.projects import home, project, providers_of, run
from tests.support.tiny_model import TINY_ID, make_tiny_model
from tunedesk.core.curves import curve_of
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.comparison import Comparison, Contender
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.rescue.again import Again
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.services.rescue.saving import Rescue

N_TRAIN, N_TEST = 10, 2
TRAIN = [chat(user(f"Learn {i}?"), assistant(f"Yes {i}.")) for i in range(N_TRAIN)]
TEST = [chat(user(f"Held out {i}?"), assistant(f"No {i}.")) for i in range(N_TEST)]


def _lines(rows: list[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


async def pre_made(client: AsyncOpenAI) -> list[Any]:
    """Two jobs on the same files that have ended, one with each seed."""
    train = await upload(client, _lines(TRAIN), "support.jsonl")
    test = await upload(client, _lines(TEST), "support-test.jsonl")
    made = []
    for number, name in enumerate(("first", "second"), start=1):
        job = await client.fine_tuning.jobs.create(
            model=TINY_ID,
            training_file=train,
            validation_file=test,
            suffix=name,
            seed=number,
            hyperparameters={"n_epochs": 2, "batch_size": 5},
        )
        made.append(await wait_for_job(client, job.id))
    assert [job.status for job in made] == ["succeeded", "succeeded"], made
    return made


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[RunningEngine]:
    """An engine elsewhere: reached by a port, as a provider is."""
    await asyncio.to_thread(make_tiny_model, folder / "models", ends_soon=True)
    async with running_engine(models=folder / "models", tcp=True) as running:
        yield running


def test_from_a_providers_jobs_to_a_vote_after_its_end(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            engine(tmp_path) as running,
            home(tmp_path / "home") as place,
            project(place) as made,
        ):
            first, _ = await pre_made(running.client)
            profile = Profile(id="far", name="Far", kind="tunedesk", base_url=running.base_url)
            local = LocalEngine(place.folders, place.background)
            providers = providers_of(local, profile, keys={"far": running.token})

            # Saved and taken in.
            rescue = Rescue(made, providers)
            await rescue.begin("far")
            assert rescue.state.is_complete, rescue.state.stopped_by
            datasets = {info.name: info for info in await made.datasets()}
            assert datasets["support.jsonl"].path.read_bytes() == _lines(TRAIN)
            records = await made.in_ledger(lambda ledger: ledger.jobs())
            assert {one.name for one in records} == {"first", "second"}
            for record in records:
                local_id = record.local_id
                events = await made.in_ledger(lambda ledger, of=local_id: ledger.events(of))
                assert len(curve_of(events).train) == 4
            (saved_job,) = [
                path
                for path in (made.folder / "saved" / "far").rglob("job.json")
                if first.id in path.parts
            ]
            assert json.loads(saved_job.read_bytes())["fine_tuned_model"] == first.fine_tuned_model

            # Their answers to the held-out prompts.
            keeping = Keeping(made, providers)
            info = await keeping.suggested()
            assert info is not None and info.name == "support-test.jsonl"
            prompts = await keeping.prompts(info, "test", None)
            found_offers = (await keeping.offers("far", prompts)).models
            offers = [one for one in found_offers if one.kind == "tuned"]
            assert len(found_offers) > len(offers)  # checkpoints, which nobody ticked
            assert [(len(one.missing), one.cost.usd) for one in offers] == [(N_TEST, 0.0)] * 2
            await keeping.begin(offers)
            assert keeping.state.stopped_by is None
            kept = (await keeping.offers("far", prompts)).models
            assert [one.n_kept for one in kept if one.kind == "tuned"] == [N_TEST, N_TEST]

            # The same again, where it lasts.
            plan = await Again(made, providers, lambda: date(2026, 11, 28)).plan(
                f"saved-{first.id}"
            )
            assert (plan.provider_id, plan.base_model, plan.seed) == ("far", TINY_ID, 1)
            assert (plan.hyperparameters.n_epochs, plan.differences) == (2, [])

            # The first is deleted, and stands against the second.
            await running.client.models.delete(first.fine_tuned_model)
            comparison = Comparison(made, providers, place.background)
            found = await comparison.contenders()
            assert first.fine_tuned_model not in {one.model for one in found}
            gone = _of(found, "first", "frozen")
            await judged(comparison, gone, _of(found, "second", "tuned"))

            # Nobody is there any more.
            await running.client.close()
            await asyncio.to_thread(running.engine.stop)
            await judged(comparison, gone, _of(found, "second", "frozen"))
            assert (await made.summary()).n_votes == 2
            await providers.close()

    run(work())


def _of(found: list[Contender], name: str, kind: str) -> Contender:
    return next(one for one in found if one.label.startswith(name) and one.kind == kind)


async def judged(comparison: Comparison, first: Contender, second: Contender) -> None:
    """One blind round on a kept prompt, voted on."""
    asked = await comparison.prompts(first, second, None)
    assert len(asked.prompts) == N_TEST
    prompt = asked.prompts[0]
    round_ = await comparison.begin(first, second, prompt.messages, source_digest=prompt.digest)
    await round_.run(lambda: None)
    assert round_.votable, round_.problem
    reveal = await round_.vote("tie")
    assert set(reveal.contenders.values()) == {first, second}
