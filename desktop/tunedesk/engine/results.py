"""The results file of a finished job: plain CSV, one line a step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.engine.files import FileStore

_SUPERVISED = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "full_valid_loss",
    "valid_mean_token_accuracy": "full_valid_mean_token_accuracy",
}
_DPO = {
    "step": "step",
    "train_loss": "train_loss",
    "train_reward_accuracy": "train_reward_accuracy",
    "train_reward_margin": "train_reward_margin",
    "valid_loss": "full_valid_loss",
    "valid_reward_accuracy": "full_valid_reward_accuracy",
    "valid_reward_margin": "full_valid_reward_margin",
}


def write_results(files: FileStore, events: Sequence[dict[str, Any]]) -> str:
    """Stores the metrics among `events` (newest first) as a file; returns its id.

    Raises OSError. The columns are those of the job's method.
    """
    steps = [event["data"] for event in reversed(events) if event["type"] == "metrics"]
    scratch = files.scratch()
    scratch.write_text(_table(steps), encoding="utf-8")
    row = files.add(scratch, filename="step_metrics.csv", purpose="fine-tune-results", lives_s=None)
    return str(row["id"])


def _table(steps: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    columns = _DPO if any("train_reward_accuracy" in data for data in steps) else _SUPERVISED
    table.writerow(columns)
    for data in steps:
        table.writerow([data.get(key, "") for key in columns.values()])
    return text.getvalue()
