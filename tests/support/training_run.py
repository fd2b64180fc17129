"""Training runs of the tiny model, in this process or in one that is killed."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import msgspec
from safetensors.torch import load_file

from tests.support.engine_jobs import held_out_rows, sample_rows
from tunedesk.engine.training.__main__ import run
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.spec import EVENTS_FILE, JOB_FILE, JobSpec, Line

ADAPTER = "adapter_model.safetensors"


def make_job(folder: Path, base: Path, **more: Any) -> Path:
    """A job folder as the engine makes it: 8 rows of the sample, batches of 4, 3 epochs."""
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_bytes(sample_rows(8))
    (folder / "valid.jsonl").write_bytes(held_out_rows(2))
    asked: dict[str, Any] = {
        "base_folder": str(base),
        "validation_file": "valid.jsonl",
        "n_epochs": 3,
        "batch_size": 4,
        "learning_rate": 1e-2,
        "seed": 7,
        "lora_rank": 4,
        "lora_alpha": 8,
        "lock_folder": str(base.parent / "locks"),
        **more,
    }
    (folder / JOB_FILE).write_bytes(msgspec.json.encode(JobSpec(**asked)))
    return folder


class Pause(threading.Event):
    """Asked for once the run has reported `step`."""

    def __init__(self, folder: Path, step: int) -> None:
        super().__init__()
        self._folder = folder
        self._step = step

    def is_set(self) -> bool:
        return any(line.key == f"step-{self._step}" for line in lines(self._folder))


def train(folder: Path, pause: threading.Event | None = None) -> int:
    """Trains, or goes on, in this process; the trainer's exit code."""
    with Report(folder) as report:
        return run(folder, report, pause or threading.Event())


def lines(folder: Path) -> list[Line]:
    """Everything the trainer said, torn lines left out."""
    found = []
    for raw in (folder / EVENTS_FILE).read_bytes().split(b"\n"):
        try:
            found.append(msgspec.json.decode(raw, type=Line))
        except msgspec.DecodeError:
            continue
    return found


def last_word(folder: Path) -> Line:
    """How the last run ended."""
    return [line for line in lines(folder) if line.kind in ("finished", "paused", "failed")][-1]


def digest(folder: Path) -> str:
    """Of the model that the job has made."""
    done = last_word(folder)
    assert done.kind == "finished", done
    return adapter_digest(folder, done.step)


def adapter_digest(folder: Path, step: int) -> str:
    """Of the checkpoint at `step`."""
    path = folder / "checkpoints" / f"step-{step}" / ADAPTER
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_sound(checkpoint: Path) -> bool:
    """True if the folder holds a whole adapter."""
    return bool(load_file(checkpoint / ADAPTER))


def curve(folder: Path) -> dict[int, float]:
    """Training loss by step."""
    steps = [line.data for line in lines(folder) if line.type == "metrics" and line.data["step"]]
    return {data["step"]: data["train_loss"] for data in steps}
