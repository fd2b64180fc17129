"""Pause, resume and the queue, through the official client, on a model of two layers."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import (
    EngineUnderTest,
    processes_below,
    running_engine,
    start_engine,
    wait_for_job,
)
from tests.support.engine_jobs import create_job, folder_of, sample_rows, upload
from tests.support.tiny_model import TINY_ID, make_tiny_model
from tests.support.training_run import adapter_digest

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_LONG = {"n_epochs": 50, "batch_size": 1}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models")).parent


@pytest.fixture(scope="module")
def engine(models: Path) -> Iterator[EngineUnderTest]:
    started = start_engine(models=models)
    yield started
    started.stop()


@pytest.fixture
async def client(engine: EngineUnderTest) -> AsyncIterator[AsyncOpenAI]:
    async with engine.client() as opened:
        yield opened


async def _job(client: AsyncOpenAI, **more: Any) -> Any:
    return await create_job(client, 12, **{"model": TINY_ID, "hyperparameters": _LONG, **more})


async def _messages(client: AsyncOpenAI, job_id: str) -> list[str]:
    events = [e async for e in client.fine_tuning.jobs.list_events(job_id, limit=100)]
    return [event.message for event in reversed(events)]


async def _until(client: AsyncOpenAI, job_id: str, start: str) -> None:
    while not any(m.startswith(start) for m in await _messages(client, job_id)):
        await asyncio.sleep(0.05)


def _trainers(engine: EngineUnderTest) -> list[int]:
    below = processes_below(engine.pid).items()
    return [pid for pid, command in below if "tunedesk.engine.training" in command]


async def test_a_paused_job_rests_frees_its_memory_and_ends_as_if_never_paused(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    hyperparameters = {"n_epochs": 20, "batch_size": 1}
    calm = await _job(client, hyperparameters=hyperparameters)
    assert (await wait_for_job(client, calm.id)).status == "succeeded"
    job = await _job(client, hyperparameters=hyperparameters)
    await _until(client, job.id, "Step 3/240")
    pausing = await client.fine_tuning.jobs.pause(job.id)
    assert pausing.status == "pausing"
    paused = await wait_for_job(client, job.id, ["paused"])
    assert paused.status == "paused"
    assert paused.estimated_finish is None
    assert _trainers(engine) == []
    newest = (await client.fine_tuning.jobs.checkpoints.list(job.id)).data[0]
    assert newest.step_number >= 3
    model = await client.models.retrieve(newest.fine_tuned_model_checkpoint)
    assert model.id.endswith(f":ckpt-step-{newest.step_number}")
    assert (await client.fine_tuning.jobs.resume(job.id)).status == "queued"
    assert (await wait_for_job(client, job.id)).status == "succeeded"
    folders = [folder_of(engine, each.id) for each in (calm, job)]
    assert adapter_digest(folders[0], 240) == adapter_digest(folders[1], 240)
    steps = [m for m in await _messages(client, job.id) if m.startswith("Step ")]
    assert [int(step.split()[1].split("/")[0]) for step in steps] == list(range(1, 241))


async def test_a_snapshot_of_a_paused_job_answers(client: AsyncOpenAI) -> None:
    job = await _job(client)
    await _until(client, job.id, "Step 2/600")
    await client.fine_tuning.jobs.pause(job.id)
    await wait_for_job(client, job.id, ["paused"])
    newest = (await client.fine_tuning.jobs.checkpoints.list(job.id)).data[0]
    said = await client.chat.completions.create(
        model=newest.fine_tuned_model_checkpoint,
        messages=[{"role": "user", "content": "Hi"}],
        max_tokens=2,
    )
    assert said.choices[0].finish_reason in ("length", "stop")
    await client.fine_tuning.jobs.cancel(job.id)


async def test_jobs_that_wait_say_behind_how_many_and_can_be_paused(client: AsyncOpenAI) -> None:
    first, second, third = [await _job(client) for _ in range(3)]
    await wait_for_job(client, third.id, ["queued"])
    said = "Files validated, moving job to queued state"
    assert f"{said}; 1 job is ahead of it" in await _messages(client, second.id)
    assert f"{said}; 2 jobs are ahead of it" in await _messages(client, third.id)
    assert (await client.fine_tuning.jobs.pause(second.id)).status == "paused"
    await client.fine_tuning.jobs.cancel(first.id)
    await wait_for_job(client, third.id, ["running"])
    assert (await client.fine_tuning.jobs.retrieve(second.id)).status == "paused"
    assert (await client.fine_tuning.jobs.resume(second.id)).status == "queued"
    await client.fine_tuning.jobs.cancel(third.id)
    await wait_for_job(client, second.id, ["running"])
    assert (await client.fine_tuning.jobs.cancel(second.id)).status == "cancelled"


async def test_a_job_paused_before_its_files_were_checked_is_checked_later(
    client: AsyncOpenAI,
) -> None:
    file_id = await upload(client, sample_rows(3000 // 44 * 44) * 60)
    job = await _job(client, training_file=file_id)
    paused = await client.fine_tuning.jobs.pause(job.id)
    assert paused.status == "paused"
    assert (await client.fine_tuning.jobs.resume(job.id)).status == "queued"
    await wait_for_job(client, job.id, ["running"])
    await client.fine_tuning.jobs.cancel(job.id)


async def test_what_cannot_be_done_is_refused_with_a_code(client: AsyncOpenAI) -> None:
    job = await _job(client)
    with pytest.raises(openai.BadRequestError) as early:
        await client.fine_tuning.jobs.resume(job.id)
    assert early.value.code == "job_not_paused"
    await wait_for_job(client, job.id, ["running"])
    await client.fine_tuning.jobs.pause(job.id)
    with pytest.raises(openai.BadRequestError) as twice:
        await client.fine_tuning.jobs.pause(job.id)
    assert twice.value.code == "job_already_paused"
    await wait_for_job(client, job.id, ["paused"])
    with pytest.raises(openai.BadRequestError):
        await client.fine_tuning.jobs.pause(job.id)
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
    for ask in (client.fine_tuning.jobs.pause, client.fine_tuning.jobs.resume):
        with pytest.raises(openai.BadRequestError) as late:
            await ask(job.id)
        assert late.value.code == "job_already_terminal"
        with pytest.raises(openai.NotFoundError):
            await ask("ftjob-unknown")


async def test_a_trainer_killed_while_it_is_being_paused_leaves_a_paused_job(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    job = await _job(client)
    await _until(client, job.id, "Checkpoint created at step 12 ")
    os.kill(_trainers(engine)[0], signal.SIGSTOP)
    await client.fine_tuning.jobs.pause(job.id)
    os.kill(_trainers(engine)[0], signal.SIGKILL)
    assert (await wait_for_job(client, job.id, ["paused"])).status == "paused"
    await client.fine_tuning.jobs.resume(job.id)
    await _until(client, job.id, "Step 30/600")
    await client.fine_tuning.jobs.cancel(job.id)


async def test_paused_jobs_survive_the_engine(models: Path, tmp_path: Path) -> None:
    async with running_engine(tmp_path / "data", models=models) as first:
        resting, pausing = [await _job(first.client) for _ in range(2)]
        await wait_for_job(first.client, pausing.id, ["queued"])
        await wait_for_job(first.client, resting.id, ["running"])
        await first.client.fine_tuning.jobs.pause(resting.id)
        await wait_for_job(first.client, resting.id, ["paused"])
        await _until(first.client, pausing.id, "Step 3/600")
        trainers = _trainers(first.engine)
        os.kill(trainers[0], signal.SIGSTOP)
        await first.client.fine_tuning.jobs.pause(pausing.id)
        first.engine.process.kill()
        first.engine.process.wait()
    async with running_engine(tmp_path / "data", models=models) as second:
        for job in (resting, pausing):
            found = await second.client.fine_tuning.jobs.retrieve(job.id)
            assert found.status == "paused"
        await second.client.fine_tuning.jobs.resume(resting.id)
        await wait_for_job(second.client, resting.id, ["running"])
        await second.client.fine_tuning.jobs.cancel(resting.id)


async def test_whatever_breaks_one_job_the_next_has_its_turn(
    engine: EngineUnderTest, client: AsyncOpenAI, models: Path
) -> None:
    make_tiny_model(models, "vanishing")
    running = await _job(client)
    while not any(model.id == "vanishing" for model in (await client.models.list()).data):
        await asyncio.sleep(0.1)
    no_base = await _job(client, model="vanishing")
    no_rows, no_folder, garbage = [await _job(client) for _ in range(3)]
    good = await _job(client, hyperparameters={"n_epochs": 1, "batch_size": 4})
    await wait_for_job(client, good.id, ["queued"])
    shutil.rmtree(models / "vanishing")
    (folder_of(engine, no_rows.id) / "train.jsonl").unlink()
    shutil.rmtree(folder_of(engine, no_folder.id))
    (folder_of(engine, garbage.id) / "job.json").mkdir()
    await client.fine_tuning.jobs.cancel(running.id)
    assert (await wait_for_job(client, good.id)).status == "succeeded"
    codes = {"model_not_found": no_base, "file_missing": no_rows, "disk_error": no_folder}
    for code, job in [*codes.items(), ("disk_error", garbage)]:
        ended = await client.fine_tuning.jobs.retrieve(job.id)
        assert ended.status == "failed"
        assert ended.error is not None
        assert ended.error.code == code, ended.error
        assert len(ended.error.message) > 20
