"""The results file of a finished job: plain CSV, one line a step."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from tunedesk.engine.files import FileStore

_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "full_valid_loss",
    "valid_mean_token_accuracy": "full_valid_mean_token_accuracy",
}


def write_results(files: FileStore, events: Sequence[dict[str, Any]]) -> str:
    """Stores the metrics among `events` (newest first) as a file; returns its id."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for event in reversed(events):
        if event["type"] == "metrics":
            data = event["data"]
            table.writerow([data.get(key, "") for key in _COLUMNS.values()])
    scratch = files.scratch()
    scratch.write_text(text.getvalue(), encoding="utf-8")
    row = files.add(scratch, filename="step_metrics.csv", purpose="fine-tune-results", lives_s=None)
    return str(row["id"])
