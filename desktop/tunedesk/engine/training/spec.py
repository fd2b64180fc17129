"""What the engine and the trainer tell each other: `job.json` in, lines of `events.jsonl` out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

JOB_FILE = "job.json"
EVENTS_FILE = "events.jsonl"
CHECKPOINTS_FOLDER = "checkpoints"
MICRO_BATCH_TOKENS = 2048  # bounds the memory of one forward pass
MEETING_PREFIX = ".meeting-"  # files in the job folder where its processes find each other
PAUSE_WORD = b"pause\n"  # on the trainer's stdin: save at the next step, then end
MAX_ROW_TOKENS = 2048  # of a row a job takes no more; the preview shows where it is cut
EXIT_DISK_FULL = 74  # for when even the line that says so could not be written


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a training run depends on; paths are absolute or relative to the job folder.

    `beta` and `likelihood_weight` (of the preferred answers) are read by preference training.
    `run_name` and `integrations` are for services that follow a run.
    """

    base_folder: str
    start_adapter: str | None = None
    training_file: str = "train.jsonl"
    validation_file: str | None = None
    method: Literal["supervised", "dpo"] = "supervised"
    n_epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    beta: float = 0.1
    likelihood_weight: float = 0.0
    lora_rank: int = 16
    lora_alpha: int = 32
    max_row_tokens: int = MAX_ROW_TOKENS
    micro_batch_tokens: int = MICRO_BATCH_TOKENS
    lock_folder: str
    run_name: str = ""
    integrations: list[dict[str, Any]] = []


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `events.jsonl`. `key` is unique in a job: a replayed step says the same again.

    kind "event": level, message, type, data are a `fine_tuning.job.event`.
    kind "checkpoint": data is the metrics at `step`, and `samples` where some were asked for;
    its folder is `checkpoints/step-<step>`.
    kind "finished": `step` is the chosen checkpoint, data holds trained_tokens.
    kind "paused": the process ends; a checkpoint of `step` is there unless that is 0.
    kind "failed": data holds code, message and param of the job's error.
    """

    key: str
    kind: Literal["event", "checkpoint", "finished", "paused", "failed"]
    at_s: int
    level: str = "info"
    message: str = ""
    type: str = "message"
    step: int = 0
    data: dict[str, Any] = msgspec.field(default_factory=dict)


def checkpoint_folder(job_folder: Path, step: int) -> Path:
    """Where the adapter after `step` optimiser steps lies."""
    return job_folder / CHECKPOINTS_FOLDER / f"step-{step}"


def read_spec(job_folder: Path) -> JobSpec:
    """Raises OSError or msgspec.DecodeError if there is no sound `job.json`."""
    return msgspec.json.decode((job_folder / JOB_FILE).read_bytes(), type=JobSpec)
