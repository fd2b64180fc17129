"""Small jobs on a real engine: rows of the shipped sample, uploaded and trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

from tests.support.engine import MODEL_ID, EngineUnderTest
from tunedesk.assets import resource


def sample_rows(n_rows: int) -> bytes:
    """The first rows of the shipped sample, as JSONL."""
    lines = resource("samples", "marv-train.jsonl").read_bytes().split(b"\n")
    return b"\n".join(lines[:n_rows]) + b"\n"


def held_out_rows(n_rows: int) -> bytes:
    """The first held-out rows of the shipped sample, as JSONL."""
    lines = resource("samples", "marv-heldout.jsonl").read_bytes().split(b"\n")
    return b"\n".join(lines[:n_rows]) + b"\n"


def preference_rows(n_rows: int, *, skip: int = 0) -> bytes:
    """Preference pairs of the shipped sample, as JSONL."""
    lines = resource("samples", "marv-preferences.jsonl").read_bytes().split(b"\n")
    return b"\n".join(lines[skip : skip + n_rows]) + b"\n"


def tiny_rows(n_rows: int) -> bytes:
    """Rows of a few words, for tests that care about processes and not about learning."""
    said = [("system", "Count."), ("user", "One?"), ("assistant", "Two.")]
    messages = [{"role": role, "content": content} for role, content in said]
    return (json.dumps({"messages": messages}).encode() + b"\n") * n_rows


async def upload(client: AsyncOpenAI, data: bytes, name: str = "rows.jsonl") -> str:
    """Uploads JSONL; returns the file's id."""
    made = await client.files.create(file=(name, data), purpose="fine-tune")
    return made.id


async def create_tiny_job(client: AsyncOpenAI, n_epochs: int, **more: Any) -> Any:
    """Creates a job whose epochs are one quick step each."""
    file_id = await upload(client, tiny_rows(10))
    values = {"n_epochs": n_epochs, "batch_size": 10}
    return await create_job(client, **{"training_file": file_id, "hyperparameters": values} | more)


async def create_job(client: AsyncOpenAI, n_rows: int = 12, **more: Any) -> Any:
    """Creates a job on the first rows of the sample: one epoch of batches of 4."""
    asked: dict[str, Any] = {
        "model": MODEL_ID,
        "seed": 1,
        "hyperparameters": {"n_epochs": 1, "batch_size": 4},
        **more,
    }
    if "training_file" not in asked:
        asked["training_file"] = await upload(client, sample_rows(n_rows))
    return await client.fine_tuning.jobs.create(**asked)


class TrainedJob:
    """A job that succeeded on the shared engine: 2 epochs of 16 rows, 4 rows held out."""

    def __init__(self, job: Any, training_file: str) -> None:
        self.job = job
        self.id: str = job.id
        self.model: str = job.fine_tuned_model
        self.training_file = training_file


def folder_of(engine: EngineUnderTest, job_id: str) -> Path:
    """The job's own folder in the engine's data."""
    return engine.data / "jobs" / job_id
