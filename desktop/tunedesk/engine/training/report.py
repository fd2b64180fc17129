"""The trainer's voice: appends lines to `events.jsonl`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.engine.training.spec import EVENTS_FILE, Line


class Report:
    """Each call writes one whole line; a line cut by a kill is skipped by the reader."""

    def __init__(self, job_folder: Path) -> None:
        self._stream = (job_folder / EVENTS_FILE).open("ab", buffering=0)
        if self._stream.tell():
            self._stream.write(b"\n")  # closes a torn last line, if any

    def __enter__(self) -> Report:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def message(self, key: str, text: str, *, level: str = "info") -> None:
        """An event for people."""
        self._write(Line(key=key, kind="event", at_s=_now_s(), level=level, message=text))

    def step(self, step: int, total_steps: int, metrics: Mapping[str, float]) -> None:
        """Both forms of a step: the text some read, and the metrics event."""
        text = f"Step {step}/{total_steps}: training loss={metrics['train_loss']:.2f}"
        if "full_valid_loss" in metrics:
            text += f", full validation loss={metrics['full_valid_loss']:.2f}"
        data = {"step": step, "total_steps": total_steps, **metrics}
        self._write(
            Line(
                key=f"step-{step}",
                kind="event",
                at_s=_now_s(),
                message=text,
                type="metrics",
                data=data,
            )
        )

    def held_out_before(self, total_steps: int, metrics: Mapping[str, float]) -> None:
        """The untouched model's held-out loss, as step 0."""
        loss = metrics["full_valid_loss"]
        data = {"step": 0, "total_steps": total_steps, **metrics}
        text = f"Step 0/{total_steps}: full validation loss={loss:.2f}"
        line = Line(
            key="step-0", kind="event", at_s=_now_s(), message=text, type="metrics", data=data
        )
        self._write(line)

    def checkpoint(self, step: int, metrics: Mapping[str, float]) -> None:
        """A checkpoint is on disk, complete."""
        data = {"step": step, **metrics}
        key = f"checkpoint-{step}"
        self._write(Line(key=key, kind="checkpoint", at_s=_now_s(), step=step, data=data))

    def finished(self, step: int, trained_tokens: int) -> None:
        """The job is done; the model is the checkpoint at `step`."""
        data: dict[str, Any] = {"trained_tokens": trained_tokens}
        self._write(Line(key="finished", kind="finished", at_s=_now_s(), step=step, data=data))

    def failed(self, code: str, message: str, param: str | None = None) -> None:
        """The job cannot be done, and why. The last word of a run."""
        data = {"code": code, "message": message, "param": param}
        key = f"failed-{os.getpid()}-{_now_s()}"
        self._write(Line(key=key, kind="failed", at_s=_now_s(), data=data))

    def _write(self, line: Line) -> None:
        self._stream.write(msgspec.json.encode(line) + b"\n")


def _now_s() -> int:
    return int(time.time())
