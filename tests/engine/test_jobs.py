"""Fine-tuning jobs through the official client: real training of a real model, a few steps."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from safetensors import safe_open

from tests.support.engine import MODEL_ID, EngineUnderTest, processes_below, wait_for_job
from tests.support.engine_jobs import (
    TrainedJob,
    create_job,
    create_tiny_job,
    folder_of,
    sample_rows,
    upload,
)

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


async def test_a_finished_job_tells_everything(client: AsyncOpenAI, trained: TrainedJob) -> None:
    job = await client.fine_tuning.jobs.retrieve(trained.id)
    assert job.object == "fine_tuning.job"
    assert job.fine_tuned_model == f"ft:{MODEL_ID}:tunedesk:marv:{job.id[6:14]}"
    assert job.finished_at is not None
    assert job.finished_at >= job.created_at
    assert job.hyperparameters.n_epochs == 2
    assert job.hyperparameters.batch_size == 4
    assert job.hyperparameters.learning_rate_multiplier == 1.0
    assert job.method is not None
    assert job.method.type == "supervised"
    assert job.metadata == {"tunedesk": "test"}
    assert job.trained_tokens is not None
    assert job.trained_tokens > 16 * 2 * 20
    assert job.seed == 1
    assert not job.error


async def test_events_come_newest_first_with_every_step(
    client: AsyncOpenAI, trained: TrainedJob
) -> None:
    events = [e async for e in client.fine_tuning.jobs.list_events(trained.id, limit=3)]
    messages = [event.message for event in events][::-1]
    assert messages[0] == f"Created fine-tuning job: {trained.id}"
    assert messages[-1] == "The job has successfully completed"
    assert "Fine-tuning job started" in messages
    steps = [e.data for e in events[::-1] if e.type == "metrics" and isinstance(e.data, dict)]
    assert [step["step"] for step in steps] == list(range(9))
    assert {step["total_steps"] for step in steps} == {8}
    assert len({event.id for event in events}) == len(events)


async def test_the_model_learns(client: AsyncOpenAI, trained: TrainedJob) -> None:
    events = [e async for e in client.fine_tuning.jobs.list_events(trained.id)]
    data = [e.data for e in events if e.type == "metrics" and isinstance(e.data, dict)]
    by_step = {step["step"]: step for step in data}
    first = sum(by_step[n]["train_loss"] for n in (1, 2, 3)) / 3
    last = sum(by_step[n]["train_loss"] for n in (6, 7, 8)) / 3
    assert last < first - 0.2
    assert by_step[8]["full_valid_loss"] < by_step[0]["full_valid_loss"] - 0.3
    assert 0 < by_step[8]["train_mean_token_accuracy"] <= 1


async def test_checkpoints_are_models_and_the_best_is_chosen(
    client: AsyncOpenAI, trained: TrainedJob
) -> None:
    page = await client.fine_tuning.jobs.checkpoints.list(trained.id)
    assert [checkpoint.step_number for checkpoint in page.data] == [8, 4]
    for checkpoint in page.data:
        model = await client.models.retrieve(checkpoint.fine_tuned_model_checkpoint)
        assert model.id.endswith(f":ckpt-step-{checkpoint.step_number}")
    best = min(page.data, key=lambda checkpoint: checkpoint.metrics.full_valid_loss or 99)
    events = [e.message async for e in client.fine_tuning.jobs.list_events(trained.id)]
    assert any(f"The model is the checkpoint of step {best.step_number} " in m for m in events)


async def test_the_results_file_is_plain_csv(client: AsyncOpenAI, trained: TrainedJob) -> None:
    text = (await client.files.content(trained.job.result_files[0])).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["step"]) for row in rows] == list(range(9))
    assert float(rows[8]["valid_loss"]) > 0
    assert rows[1]["valid_loss"] == ""


async def test_the_adapter_is_in_peft_layout_and_safetensors(
    engine: EngineUnderTest, trained: TrainedJob
) -> None:
    folder = folder_of(engine, trained.id) / "checkpoints" / "step-8"
    config = json.loads((folder / "adapter_config.json").read_bytes())
    assert (config["peft_type"], config["r"], config["lora_alpha"]) == ("LORA", 16, 32)
    with safe_open(folder / "adapter_model.safetensors", "pt") as tensors:
        assert len(list(tensors.keys())) == 30 * 7 * 2
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".safetensors"}


async def test_jobs_are_listed_and_filtered(client: AsyncOpenAI, trained: TrainedJob) -> None:
    listed = [job.id async for job in client.fine_tuning.jobs.list(limit=1)]
    assert trained.id in listed
    assert len(listed) == len(set(listed))
    found = await client.fine_tuning.jobs.list(metadata={"tunedesk": "test"})
    assert trained.id in [job.id for job in found.data]
    none = await client.fine_tuning.jobs.list(metadata={"tunedesk": "other"})
    assert none.data == []
    assert not none.has_more
    with_none = client.fine_tuning.jobs.list(extra_query={"metadata": "null"})
    assert trained.id not in [job.id async for job in with_none]


async def test_metadata_of_any_signs_is_found_again(client: AsyncOpenAI) -> None:
    metadata = {"a b&[x]=é%2F": "ไทย + ' \" ]= %", "": "empty"}
    few = await upload(client, sample_rows(2))
    job = await create_job(client, training_file=few, metadata=metadata)
    for key, value in metadata.items():
        found = await client.fine_tuning.jobs.list(metadata={key: value})
        assert [other.id for other in found.data] == [job.id]
    assert (await client.fine_tuning.jobs.list(metadata={"a b&[x]=é%2F": "ไทย"})).data == []
    await wait_for_job(client, job.id)


async def test_dpo_is_taken_and_echoed_with_its_beta(client: AsyncOpenAI) -> None:
    few = await upload(client, sample_rows(2))
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 2}}}
    job = await create_job(client, training_file=few, method=method, hyperparameters=None)
    assert job.method.type == "dpo"
    assert job.method.dpo.hyperparameters.beta == 0.2
    assert job.method.dpo.hyperparameters.n_epochs == 2
    assert job.method.dpo.hyperparameters.batch_size == "auto"
    assert job.method.supervised is None
    await wait_for_job(client, job.id)


async def test_a_job_keeps_its_data_though_the_file_is_deleted(
    client: AsyncOpenAI, engine: EngineUnderTest, trained: TrainedJob
) -> None:
    await client.files.delete(trained.training_file)
    assert (folder_of(engine, trained.id) / "train.jsonl").read_bytes() == sample_rows(16)


async def test_cancel_ends_the_trainer_within_two_seconds(
    client: AsyncOpenAI, engine: EngineUnderTest, trained: TrainedJob
) -> None:
    for wait_for_step in (False, True):  # while torch is still being imported, and in a step
        job = await create_tiny_job(client, 50)
        await wait_for_job(client, job.id, ["running"])
        await _trainer_of(engine)
        if wait_for_step:
            await _first_metrics(client, job.id)
        started_s = time.monotonic()
        cancelled = await client.fine_tuning.jobs.cancel(job.id)
        assert cancelled.status == "cancelled"
        assert not _trainers(engine)
        assert time.monotonic() - started_s < 2
        with pytest.raises(openai.BadRequestError):
            await client.fine_tuning.jobs.cancel(job.id)


async def test_jobs_run_one_after_another_and_a_waiting_one_can_go(
    client: AsyncOpenAI, engine: EngineUnderTest
) -> None:
    first = await create_tiny_job(client, 50)
    second = await create_tiny_job(client, 1)
    third = await create_tiny_job(client, 1)
    await wait_for_job(client, first.id, ["running"])
    for place, job in enumerate((second, third), start=1):
        waiting = await wait_for_job(client, job.id, ["queued"])
        assert waiting.queue_position == place
    assert (await client.fine_tuning.jobs.retrieve(first.id)).queue_position is None
    await client.fine_tuning.jobs.cancel(third.id)
    await _trainer_of(engine)
    assert len(_trainers(engine)) == 1
    assert (await client.fine_tuning.jobs.cancel(second.id)).status == "cancelled"
    assert (await client.fine_tuning.jobs.retrieve(first.id)).status == "running"
    await client.fine_tuning.jobs.cancel(first.id)


def _seven_rows(_: list[bytes]) -> list[bytes]:
    return [*sample_rows(7).split(b"\n")]


def _replace(number: int, row: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def change(rows: list[bytes]) -> list[bytes]:
        return [*rows[: number - 1], row, *rows[number:]]

    return change


_BAD_FILES = {
    "few": (_seven_rows, "invalid_n_examples", "has 7 example(s), but must have at least 10"),
    "json": (_replace(5, b'{"messages": ['), "invalid_file_format", "Example 5 cannot be parsed"),
    "key": (
        _replace(3, b'{"messages":[{"role":"assistant","content":"x"}],"weight":1}'),
        "invalid_file_format",
        'Example 3 contains an extra "weight"',
    ),
    "role": (
        _replace(4, b'{"messages":[{"role":"user","content":"x"},{"content":"y"}]}'),
        "invalid_training_file",
        "Example 4, message 2 Discriminator 'role' is missing in value",
    ),
}


@pytest.mark.parametrize("name", _BAD_FILES)
async def test_a_bad_file_fails_the_job_by_example_number(client: AsyncOpenAI, name: str) -> None:
    change, code, text = _BAD_FILES[name]
    rows = change(sample_rows(12).rstrip(b"\n").split(b"\n"))
    file_id = await upload(client, b"\n".join(rows))
    job = await create_job(client, training_file=file_id)
    assert job.status == "validating_files"
    failed = await wait_for_job(client, job.id)
    assert failed.status == "failed"
    assert failed.error.code == code
    assert failed.error.param == "training_file"
    assert text in failed.error.message
    newest = (await client.fine_tuning.jobs.list_events(job.id)).data[0]
    assert newest.level == "error"


_BAD_REQUESTS = {
    "model": ({"model": "gpt-9"}, openai.NotFoundError, "model"),
    "file": ({"training_file": "file-none"}, openai.NotFoundError, "training_file"),
    "seed": ({"seed": -1}, openai.BadRequestError, "seed"),
    "seed type": ({"seed": "x"}, openai.BadRequestError, "seed"),
    "suffix": ({"suffix": "x" * 65}, openai.BadRequestError, "suffix"),
    "epochs": (
        {"hyperparameters": {"n_epochs": 51}},
        openai.BadRequestError,
        "hyperparameters.n_epochs",
    ),
    "metadata": ({"metadata": {"k": "v" * 513}}, openai.BadRequestError, "metadata"),
    "method": ({"method": {"type": "reinforcement"}}, openai.BadRequestError, "method.type"),
}


@pytest.mark.parametrize("name", _BAD_REQUESTS)
async def test_a_bad_request_names_the_field(client: AsyncOpenAI, name: str) -> None:
    asked, kind, param = _BAD_REQUESTS[name]
    with pytest.raises(kind) as caught:
        await create_job(client, **asked)
    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.param == param


async def test_method_and_top_level_hyperparameters_are_both_read(client: AsyncOpenAI) -> None:
    values = {"n_epochs": 3, "batch_size": 2, "learning_rate_multiplier": 0.5}
    method = {"type": "supervised", "supervised": {"hyperparameters": values}}
    few = await upload(client, sample_rows(2))
    for asked in ({"method": method, "hyperparameters": None}, {"hyperparameters": values}):
        job = await create_job(client, training_file=few, **asked)
        assert job.hyperparameters.n_epochs == 3
        assert job.hyperparameters.batch_size == 2
        assert job.method.supervised.hyperparameters.learning_rate_multiplier == 0.5
        await wait_for_job(client, job.id)


async def test_unknown_jobs_are_not_found(client: AsyncOpenAI) -> None:
    for ask in (
        client.fine_tuning.jobs.retrieve,
        client.fine_tuning.jobs.cancel,
        client.fine_tuning.jobs.list_events,
        client.fine_tuning.jobs.checkpoints.list,
    ):
        with pytest.raises(openai.NotFoundError):
            await ask("ftjob-unknown")


def _trainers(engine: EngineUnderTest) -> list[int]:
    below = processes_below(engine.pid).items()
    return [pid for pid, command in below if "tunedesk.engine.training" in command]


async def _trainer_of(engine: EngineUnderTest) -> int:
    while not (found := _trainers(engine)):
        await asyncio.sleep(0.02)
    return found[0]


async def _first_metrics(client: AsyncOpenAI, job_id: str) -> None:
    while True:
        events = (await client.fine_tuning.jobs.list_events(job_id, limit=100)).data
        if any(event.type == "metrics" for event in events):
            return
        await asyncio.sleep(0.1)


async def test_models_are_listed_and_tuned_ones_can_be_deleted(
    client: AsyncOpenAI, trained: TrainedJob
) -> None:
    models = {model.id: model for model in (await client.models.list()).data}
    assert models[MODEL_ID].owned_by == "system"
    assert models[trained.model].owned_by == "tunedesk"
    with pytest.raises(openai.PermissionDeniedError):
        await client.models.delete(MODEL_ID)
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("some/other model")
    tiny = await wait_for_job(client, (await create_tiny_job(client, 2)).id)
    early = (await client.fine_tuning.jobs.checkpoints.list(tiny.id)).data[-1]
    asked: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    deleted = await client.models.delete(early.fine_tuned_model_checkpoint)
    assert deleted.deleted
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model=early.fine_tuned_model_checkpoint, **asked)
    for model in (tiny.fine_tuned_model, trained.model):  # their weights are their own
        assert (await client.chat.completions.create(model=model, **asked)).choices
