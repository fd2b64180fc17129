"""One engine for all tests of this folder that do not break it, and one small trained job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import torch
from openai import AsyncOpenAI

from tests.support.engine import EngineUnderTest, start_engine, wait_for_job
from tests.support.engine_jobs import TrainedJob, create_job, held_out_rows, upload


@pytest.fixture
def anyio_backend() -> str:
    """Async tests of this folder run on asyncio."""
    return "asyncio"


@pytest.fixture
def one_thread() -> Iterator[None]:
    """torch computes with one thread, so that sums are added up in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineUnderTest]:
    """The shared engine."""
    started = start_engine()
    yield started
    started.stop()


@pytest.fixture
async def client(engine: EngineUnderTest) -> AsyncIterator[AsyncOpenAI]:
    """The official client on the shared engine."""
    async with engine.client() as opened:
        yield opened


@pytest.fixture(scope="session")
def trained(engine: EngineUnderTest) -> TrainedJob:
    """Trains once for the whole session."""

    async def train() -> TrainedJob:
        async with engine.client() as client:
            held_out = await upload(client, held_out_rows(4))
            job = await create_job(
                client,
                16,
                validation_file=held_out,
                suffix="marv",
                metadata={"tunedesk": "test"},
                hyperparameters={"n_epochs": 2, "batch_size": 4},
            )
            return TrainedJob(await wait_for_job(client, job.id), job.training_file)

    done = asyncio.run(train())
    assert done.job.status == "succeeded", done.job.error
    return done
