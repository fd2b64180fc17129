"""Checkpoints that are kept, and models that a fine-tune can start from."""

from __future__ import annotations

from pathlib import Path

from tests.support.projects import run
from tests.support.training_bench import PLAN, bench
from tunedesk.core.jobs import Checkpoint, ModelInfo
from tunedesk.providers.profiles import Profile
from tunedesk.services.providers.model_list import ModelList
from tunedesk.services.train.startable import made_at, startable
from tunedesk.services.train.training import BaseModel

FIRST = Checkpoint(id="c1", created_at_s=1, model="ft:x:ckpt-step-1", step_number=1)
SECOND = Checkpoint(id="c2", created_at_s=2, model="ft:x:ckpt-step-2", step_number=2)


def test_a_kept_checkpoint_stays_when_its_provider_names_it_no_more(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await b.training.start(PLAN, b.session)
            inside = b.project.in_ledger
            assert await inside(lambda ledger: ledger.set_checkpoints(job, [FIRST, SECOND]))
            await b.training.keep_checkpoint(job, FIRST.model, "the calm one")
            assert (await b.training.view(job)).kept == {FIRST.model: "the calm one"}
            assert await inside(lambda ledger: ledger.set_checkpoints(job, [])) is True
            assert await inside(lambda ledger: ledger.set_checkpoints(job, [])) is False
            assert (await b.training.view(job)).checkpoints == [FIRST]
            await b.training.keep_checkpoint(job, FIRST.model, "")
            await inside(lambda ledger: ledger.set_checkpoints(job, [SECOND]))
            assert (await b.training.view(job)).checkpoints == [SECOND]

    run(steps())


def test_its_name_is_the_one_on_models_and_in_the_list_of_bases(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await b.training.start(PLAN, b.session)
            await b.project.in_ledger(lambda ledger: ledger.set_checkpoints(job, [FIRST, SECOND]))
            await b.training.keep_checkpoint(job, FIRST.model, "the calm one")
            found = (await ModelList(b.project, b.providers).load()).rows
            names = {row.model: (row.label, row.kept_as) for row in found}
            assert names[FIRST.model] == ("the calm one", "the calm one")
            assert names[SECOND.model] == ("Marv style! · step 2", "")
            bases = await b.training.base_models("fake")
            assert [(one.label, one.kind) for one in bases if one.kind != "base"] == [
                ("the calm one", "checkpoint"),
                ("Marv style! · step 2", "checkpoint"),
            ]
            assert await b.project.in_ledger(lambda ledger: made_at(ledger, "another")) == {}

    run(steps())


def test_an_engine_of_ours_is_believed_when_it_lists_a_model_no_more() -> None:
    made = {FIRST.model: BaseModel(id=FIRST.model, label="gone", kind="checkpoint")}
    told = [ModelInfo(id="base-1", owned_by="", created_at_s=0)]
    engine = Profile(id="e", name="Engine", base_url="http://127.0.0.1:1/v1", kind="engine")
    assert [one.id for one in startable(told, made, engine)] == ["base-1"]
