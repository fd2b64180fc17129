"""E4 in the whole engine: it is killed again and again, its trainer runs out of memory."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import EngineUnderTest, processes_below, running_engine, wait_for_job
from tests.support.engine_jobs import create_job, folder_of, sample_rows, upload
from tests.support.memory_limits import (
    give_no_more_memory,
    rows_of_which_one_is_long,
    seed_with_the_long_one_late,
)
from tests.support.tiny_model import TINY_ID, make_tiny_model
from tests.support.training_run import adapter_digest

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_N_ENGINE_KILLS = 6
_NO_MORE = (1, resource.RLIM_INFINITY)
_ALL = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models")).parent


async def _messages(client: AsyncOpenAI, job_id: str) -> list[str]:
    events = [e async for e in client.fine_tuning.jobs.list_events(job_id, limit=100)]
    return [event.message for event in reversed(events)]


async def _until_ready(client: AsyncOpenAI) -> None:
    """A new base is tried first; on a busy machine that takes a while."""
    while all(model.id != TINY_ID for model in (await client.models.list()).data):
        await asyncio.sleep(0.1)


async def _until_step(client: AsyncOpenAI, job_id: str, step: int) -> None:
    while True:
        steps = [m for m in await _messages(client, job_id) if m.startswith("Step ")]
        if steps and int(steps[-1].split()[1].split("/")[0]) >= step:
            return
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("seed", [20261126])
async def test_an_engine_killed_again_and_again_finishes_its_job(
    models: Path, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    asked: dict[str, Any] = {"model": TINY_ID, "hyperparameters": {"n_epochs": 9, "batch_size": 4}}
    data, step = tmp_path / "data", 0
    async with running_engine(data, models=models) as first:
        await _until_ready(first.client)
        calm = await create_job(first.client, 12, **asked)
        await wait_for_job(first.client, calm.id)
        job = await create_job(first.client, 12, **asked)
    for _ in range(_N_ENGINE_KILLS):
        async with running_engine(data, models=models) as running:
            step = min(26, step + dice.randint(1, 5))
            await _until_step(running.client, job.id, step)
            running.engine.process.kill()
            running.engine.process.wait()
    async with running_engine(data, models=models) as last:
        assert (await wait_for_job(last.client, job.id)).status == "succeeded"
        said = await _messages(last.client, job.id)
        folders = [folder_of(last.engine, each.id) for each in (calm, job)]
        assert adapter_digest(folders[0], 27) == adapter_digest(folders[1], 27)
    steps = [int(m.split()[1].split("/")[0]) for m in said if m.startswith("Step ")]
    assert steps == list(range(1, 28))


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
async def test_a_trainer_out_of_memory_tries_in_less_and_then_says_so(
    models: Path, tmp_path: Path
) -> None:
    rows = rows_of_which_one_is_long("supervised")
    async with running_engine(tmp_path / "data", models=models) as running:
        client = running.client
        await _until_ready(client)
        job = await create_job(
            client,
            model=TINY_ID,
            training_file=await upload(client, rows),
            seed=seed_with_the_long_one_late(),
            hyperparameters={"n_epochs": 50, "batch_size": 1},
        )
        await _starve(running.engine, client, job.id)
        failed = await client.fine_tuning.jobs.retrieve(job.id)
        assert failed.error is not None
        # Native code that is given no memory may die before a word can be said.
        assert failed.error.code in ("out_of_memory", "trainer_died")
        assert "memory ran out" in failed.error.message
        said = await _messages(client, job.id)
        again = [message for message in said if "it goes on from the last checkpoint" in message]
        assert len(again) == 2
        for message, tokens in zip(again, (1024, 512), strict=True):
            assert f"with parts of {tokens} tokens, which take less" in message


async def _starve(engine: EngineUnderTest, client: AsyncOpenAI, job_id: str) -> None:
    """Lets every trainer train a step, then gives it no more memory."""
    seen: dict[int, int] = {}  # trainers, and the steps that were told before them
    starved: set[int] = set()
    while (await client.fine_tuning.jobs.retrieve(job_id)).status != "failed":
        n_steps = _n_steps_told(engine, job_id)
        for pid, command in processes_below(engine.pid).items():
            if "engine.training" in command and n_steps > seen.setdefault(pid, n_steps):
                starved.add(pid)
                give_no_more_memory(pid)
        await asyncio.sleep(0.02)
    assert len(starved) == 3


def _n_steps_told(engine: EngineUnderTest, job_id: str) -> int:
    path = folder_of(engine, job_id) / "events.jsonl"
    return path.read_bytes().count(b'"type":"metrics"') if path.exists() else 0


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
async def test_a_full_disk_is_named_and_what_it_did_not_take_is_not_there(
    models: Path, tmp_path: Path
) -> None:
    async with running_engine(tmp_path / "data", models=models) as running:
        client, jobs = running.client, running.client.fine_tuning.jobs
        await _until_ready(client)
        rows = await upload(client, sample_rows(12))
        paused = await create_job(client, 12, model=TINY_ID)
        await jobs.pause(paused.id)
        resource.prlimit(running.engine.pid, resource.RLIMIT_FSIZE, _NO_MORE)
        for ask in (
            client.files.create(file=("a.jsonl", sample_rows(2)), purpose="fine-tune"),
            jobs.create(model=TINY_ID, training_file=rows),
            jobs.cancel(paused.id),
            client.files.delete(rows),
        ):
            with pytest.raises(openai.InternalServerError, match="Free some space") as caught:
                await ask
            assert caught.value.code == "disk_error"
            assert caught.value.response.headers["x-should-retry"] == "false"
        resource.prlimit(running.engine.pid, resource.RLIMIT_FSIZE, _ALL)
        assert [job.id for job in (await jobs.list()).data] == [paused.id]
        assert [path.name for path in (running.data / "jobs").iterdir()] == [paused.id]
        assert len(list((running.data / "files").iterdir())) == len(
            (await client.files.list()).data
        )
        job = await create_job(client, 12, model=TINY_ID, hyperparameters={"n_epochs": 1})
        assert (await wait_for_job(client, job.id)).status == "succeeded"
