"""The trainer's voice: appends lines to `events.jsonl`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.engine.training.spec import EVENTS_FILE, Line

Sample = dict[str, str]

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Report:
    """Each call writes one whole line; a line cut by a kill is skipped by the reader.

    Every call raises OSError if the disk does not take the line. Where several processes train
    one job, all but the first are `is_silent`: they speak only of failures.
    """

    def __init__(self, job_folder: Path, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._handle = os.open(job_folder / EVENTS_FILE, _APPEND, 0o600)
        self._is_torn = os.fstat(self._handle).st_size > 0  # the last line may be

    def __enter__(self) -> Report:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def message(self, key: str, text: str, *, level: str = "info") -> None:
        """An event for people."""
        self._write(Line(key=key, kind="event", at_s=_now_s(), level=level, message=text))

    def step(self, step: int, total_steps: int, metrics: Mapping[str, float]) -> None:
        """Both forms of a step: the text some read, and the metrics event."""
        text = f"Step {step}/{total_steps}: training loss={metrics['train_loss']:.2f}"
        if "full_valid_loss" in metrics:
            text += f", full validation loss={metrics['full_valid_loss']:.2f}"
        self._metrics(step, total_steps, text, metrics)

    def held_out_before(self, total_steps: int, metrics: Mapping[str, float]) -> None:
        """The untouched model's held-out loss, as step 0."""
        text = f"Step 0/{total_steps}: full validation loss={metrics['full_valid_loss']:.2f}"
        self._metrics(0, total_steps, text, metrics)

    def samples_before(self, samples: Sequence[Sample]) -> None:
        """What the untouched model answers, to compare the checkpoints' answers with."""
        text = f"Sample answers before training: {len(samples)}"
        data = {"step": 0, "samples": list(samples)}
        line = Line(key="samples-0", kind="event", at_s=_now_s(), message=text, data=data)
        self._write(line)

    def checkpoint(
        self, step: int, metrics: Mapping[str, float], samples: Sequence[Sample] = ()
    ) -> None:
        """A checkpoint is on disk, complete."""
        data: dict[str, Any] = {"step": step, **metrics}
        if samples:
            data["samples"] = list(samples)
        key = f"checkpoint-{step}"
        self._write(Line(key=key, kind="checkpoint", at_s=_now_s(), step=step, data=data))

    def finished(self, step: int, trained_tokens: int) -> None:
        """The job is done; the model is the checkpoint at `step`."""
        data: dict[str, Any] = {"trained_tokens": trained_tokens}
        self._write(Line(key="finished", kind="finished", at_s=_now_s(), step=step, data=data))

    def paused(self, step: int) -> None:
        """The job rests after `step`. The last word of a run."""
        key = f"paused-{os.getpid()}-{_now_s()}"
        self._write(Line(key=key, kind="paused", at_s=_now_s(), step=step))

    def failed(self, code: str, message: str, param: str | None = None) -> None:
        """The job cannot be done, and why. The last word of a run."""
        data = {"code": code, "message": message, "param": param}
        key = f"failed-{os.getpid()}-{_now_s()}"
        self._append(Line(key=key, kind="failed", at_s=_now_s(), data=data))

    def _metrics(
        self, step: int, total_steps: int, text: str, metrics: Mapping[str, float]
    ) -> None:
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

    def _write(self, line: Line) -> None:
        if not self._is_silent:
            self._append(line)

    def _append(self, line: Line) -> None:
        data = b"\n" * self._is_torn + msgspec.json.encode(line) + b"\n"
        self._is_torn = True
        while data:  # a disk that fills up takes a part, and says so at the next call
            data = data[os.write(self._handle, data) :]
        self._is_torn = False


def _now_s() -> int:
    return int(time.time())
