"""A saved job becomes a plan for a model that is there: same rows, same split, same numbers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.service.test_rescue import FILES, Bench, bench
from tests.support.dataset_rows import numbered_chats
from tests.support.projects import run
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.providers.profiles import load_presets
from tunedesk.services.dataset.session import open_session
from tunedesk.services.providers.book import presets_path
from tunedesk.services.rescue.again import Again
from tunedesk.services.rescue.again_types import AgainPlan

TODAY = date(2026, 11, 28)
TEST_ROWS = b"".join(row + b"\n" for row in numbered_chats(15)[12:])


async def saved(b: Bench, **job: Any) -> AgainPlan:
    """Job 1 with these fields, saved; the plan to train it again."""
    here = next(one for one in load_presets(presets_path()) if one.is_local)
    b.providers.book.put(here)
    usual = b.provider.answer

    def answer(request: Any) -> Any:
        reply = usual(request)
        if reply is not None and request.path == "/fine_tuning/jobs":
            listed = json.loads(reply.body)
            listed["data"][0] |= job
            reply.body = json.dumps(listed).encode()
        return reply

    b.provider.server.before = answer
    await b.rescue.begin("fake")
    assert b.rescue.state.is_complete, b.rescue.state.stopped_by
    return await Again(b.project, b.providers, lambda: TODAY).plan("saved-ftjob-1")


def codes(plan: AgainPlan) -> list[str]:
    return [one.code for one in plan.differences]


def test_a_model_that_ends_is_taken_over_by_the_nearest_that_is_there(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path, preset="openai") as b:
            numbers = {"n_epochs": 4, "batch_size": 300, "learning_rate_multiplier": 1.8}
            plan = await saved(b, model="gpt-4o-mini-2024-07-18", hyperparameters=numbers, seed=7)
            assert (plan.provider_id, plan.base_model) == ("local", "smollm2-135m-instruct")
            assert plan.hyperparameters == Hyperparameters(
                n_epochs=4, batch_size=256, learning_rate_multiplier=1.8
            )
            assert (plan.name, plan.seed) == ("support", 7)
            said = {one.code: one.args for one in plan.differences}
            assert said["base"]["was"] == "gpt-4o-mini-2024-07-18"
            assert said["base"]["now"] == "SmolLM2-135M-Instruct"
            assert said["bounded"] == {"field": "batch_size", "was": 300, "now": 256}
            assert {"smaller", "english_only", "rate_means_another"} <= set(said)

    run(work())


def test_where_the_model_lasts_nothing_differs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(FILES, "file-test", TEST_ROWS)

    async def work() -> None:
        async with bench(tmp_path) as b:
            plan = await saved(b)
            assert (plan.provider_id, plan.base_model) == ("fake", "base-1")
            assert codes(plan) == []

    run(work())


def test_the_rows_are_split_as_the_job_had_them_and_made_once(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setitem(FILES, "file-test", TEST_ROWS)

    async def work() -> None:
        async with bench(tmp_path) as b:
            plan = await saved(b)
            opened = await open_session(b.project, plan.dataset)
            try:
                await opened.check()
                assert opened.rows_of("train") == list(range(12))
                assert opened.rows_of("test") == [12, 13, 14]
                assert opened.row(12) == TEST_ROWS.split(b"\n")[0]
            finally:
                await opened.close()
            again = Again(b.project, b.providers, lambda: TODAY)
            assert (await again.plan("saved-ftjob-2")).dataset.id == plan.dataset.id
            assert len(await b.project.datasets()) == 3  # the two files, and both together

    run(work())


def test_prompts_of_both_files_are_learned_and_counted(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            plan = await saved(b)  # its test row is the first of its training rows
            assert [(one.code, one.args) for one in plan.differences] == [("in_both", {"n": 1})]

    run(work())


def test_a_job_without_a_test_file_has_the_rows_its_file_became(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            method = {"type": "reinforcement", "reinforcement": {}}
            plan = await saved(b, validation_file=None, method=method)
            assert plan.dataset.name == "train.jsonl"
            assert codes(plan) == ["not_supervised", "no_test"]

    run(work())


def test_preferences_are_learned_as_before(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            numbers = {"n_epochs": 2, "beta": 0.3}
            method = {"type": "dpo", "dpo": {"hyperparameters": numbers}}
            plan = await saved(b, method=method)
            assert plan.hyperparameters == DpoHyperparameters(n_epochs=2, beta=0.3)
            assert "not_supervised" not in codes(plan)

    run(work())


def test_a_provider_that_left_the_settings_is_not_needed(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await saved(b)
            b.providers.book.remove("fake")
            plan = await Again(b.project, b.providers, lambda: TODAY).plan("saved-ftjob-1")
            assert plan.provider_id == "local"
            assert "base" in codes(plan)

    run(work())


def test_a_training_file_that_could_not_be_had_is_said(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            with pytest.raises(TunedeskError) as caught:
                await saved(b, training_file="file-gone")
            assert caught.value.code == "again.no_data"

    run(work())
