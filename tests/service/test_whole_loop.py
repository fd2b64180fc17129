"""The loop of the whole program without a window, on the real engine."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.engine import models_folder
from tests.support.projects import (
    Home,
    eventually,
    home,
    project,
    rows_of,
    run,
    sample_session,
    session,
)
from tests.support.tiny_model import TINY_ID, make_tiny_model
from tunedesk.assets import resource
from tunedesk.core.chat import ChatSettings
from tunedesk.core.edits import SetSplit
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.compare.held_out import prompts_of
from tunedesk.services.compare.results import pairs, results
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.train.training import SETTLED, FineTunePlan, JobView, Training

BASE = "smollm2-135m-instruct"
N_ROWS = 12
ONCE = Hyperparameters(n_epochs=1, batch_size=4)


@asynccontextmanager
async def engine_of(
    place: Home, models: Path | None = None
) -> AsyncIterator[tuple[LocalEngine, Providers]]:
    models = models or models_folder()
    engine = LocalEngine(place.folders, place.background, models_folder=models)
    providers = Providers(engine)
    try:
        yield engine, providers
    finally:
        await providers.close()
        await engine.stop()


def plan(n_epochs: int) -> FineTunePlan:
    return FineTunePlan(
        name="marv",
        provider_id="local",
        base_model=BASE,
        hyperparameters=Hyperparameters(n_epochs=n_epochs, batch_size=4),
    )


async def over(training: Training, local_id: str) -> JobView:
    """Wait until the job has ended."""
    return await eventually(
        lambda: training.view(local_id), lambda view: view.record.status in SETTLED
    )


@pytest.mark.engine
def test_from_rows_to_a_verdict(tmp_path: Path) -> None:
    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            sample_session(place) as (made, opened),
            engine_of(place) as (_, providers),
        ):
            for index in range(N_ROWS, 44):
                opened.apply(SetSplit(index=index, split="aside"))
            training = Training(made, providers, place.background)
            await providers.engine.start()
            ready = await training.readiness(plan(1), opened)
            assert (ready.n_train, ready.n_test, ready.can_start) == (N_ROWS, 10, True)
            assert [m.id for m in await training.base_models("local")] == [BASE]
            told: list[str] = []
            training.subscribe(told.append)
            local_id = await training.start(plan(1), opened)
            view = await over(training, local_id)
            assert view.record.status == "succeeded", view.record
            assert view.record.stage == "ready"
            assert len(view.curve.train) == 3
            assert view.curve.total_steps == 3
            assert [step for step, _ in view.curve.held_out] == [0, 3]
            assert view.checkpoints
            assert view.events[0].message.startswith("Created fine-tuning job")
            assert told.count(local_id) > 2
            await training.close()

            comparison = Comparison(made, providers, place.background)
            base, tuned = [c for c in await comparison.contenders() if c.kind != "checkpoint"]
            assert (base.label, tuned.label) == ("SmolLM2-135M-Instruct", "marv")
            prompt = (await prompts_of(opened))[0]
            settings = ChatSettings(max_tokens=12)
            round_ = await comparison.begin(base, tuned, prompt.messages, settings, prompt.digest)
            await round_.run(lambda: None)
            assert round_.votable, round_.problem
            reveal = await round_.vote("tie" if round_.identical else "A")
            assert {answer.model for answer in reveal.answers.values()} == {
                base.model,
                tuned.model,
            }
            assert await pairs(made) == [(base, tuned)]
            verdict = (await results(made, base, tuned)).verdict
            assert (verdict.n_votes, verdict.outcome) == (1, "undecided")
            summary = await made.summary()
            assert (summary.n_tuned_models, summary.n_votes) == (1, 1)

    run(steps())


@pytest.mark.engine
def test_a_closed_app_finds_its_job_again(tmp_path: Path) -> None:
    """Everything ends in the middle of a job; the next start says how it went on."""

    async def steps() -> None:
        async with home(tmp_path) as place:
            async with (
                sample_session(place) as (made, opened),
                engine_of(place) as (_, providers),
            ):
                training = Training(made, providers, place.background)
                await providers.engine.start()
                local_id = await training.start(plan(3), opened)
                await eventually(
                    lambda: training.view(local_id), lambda view: len(view.curve.train) > 1
                )
                await training.close()
                before = await training.view(local_id)
                assert before.record.status == "running"
            async with (
                sample_session(place) as (made, opened),
                engine_of(place) as (_, providers),
            ):
                training = Training(made, providers, place.background)
                assert (await training.view(local_id)).curve.train[:2] == before.curve.train[:2]
                await training.resume()
                await providers.engine.start()
                n_before = len(before.curve.train)
                found = await eventually(
                    lambda: training.view(local_id),
                    lambda view: (
                        view.record.status != "running" or len(view.curve.train) > n_before
                    ),
                )
                assert found.record.status in ("running", "succeeded"), found.record
                if found.record.status == "running":
                    await training.cancel(local_id)
                    found = await over(training, local_id)
                    assert found.record.status == "cancelled"
                assert len({event.id for event in found.events}) == len(found.events)
                await training.close()

    run(steps())


@pytest.mark.engine
def test_preferences_are_learned_on_top_of_replies(tmp_path: Path) -> None:
    """Replies first, then the pairs from that model; the newest tuned model is offered first."""

    async def steps() -> None:
        models = make_tiny_model(tmp_path / "models").parent
        async with (
            home(tmp_path) as place,
            project(place) as made,
            engine_of(place, models) as (_, providers),
        ):
            training = Training(made, providers, place.background)
            await providers.engine.start()
            first = FineTunePlan(
                name="replies", provider_id="local", base_model=TINY_ID, hyperparameters=ONCE
            )
            async with session(made, rows_of(16)) as replies:
                view = await over(training, await training.start(first, replies))
            assert view.record.status == "succeeded", view.record
            tuned = (await training.base_models("local"))[1].id
            assert view.record.state is not None
            assert tuned == view.record.state.fine_tuned_model
            second = FineTunePlan(
                name="preferences",
                provider_id="local",
                base_model=tuned,
                method="dpo",
                hyperparameters=DpoHyperparameters(n_epochs=1, beta=0.2),
            )
            shipped = resource("samples", "marv-preferences.jsonl").read_bytes().splitlines()
            async with session(made, shipped) as pairs_:
                ready = await training.readiness(second, pairs_)
                assert ready.can_start, ready.checks
                view = await over(training, await training.start(second, pairs_))
            assert view.record.status == "succeeded", view.record
            assert view.record.state is not None
            numbers = Hyperparameters(n_epochs=1, batch_size=4, learning_rate_multiplier=1.0)
            assert view.record.state.hyperparameters == numbers
            assert view.record.state.beta == 0.2
            assert len(view.curve.train) == math.ceil(view.record.n_train / 4)
            await training.close()

    run(steps())
