"""Weights & Biases, for a job that asked for it on a machine where `wandb` is installed.

It is the one thing in a trainer that speaks to a network, and it is never needed: whatever it
does wrong is said once, and training goes on.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from tunedesk.engine.training.report import Report
from tunedesk.engine.training.spec import JobSpec

_MISSING = (
    "The integration with Weights & Biases is stored with the job, but nothing is sent: the "
    "package wandb is not installed where the engine runs"
)


class Tracker:
    """Sends each step's metrics to every run that the job asked for."""

    def __init__(self, spec: JobSpec, report: Report) -> None:
        self._report = report
        self._runs: list[Any] = []
        asked = [item["wandb"] for item in spec.integrations if item.get("type") == "wandb"]
        if asked and importlib.util.find_spec("wandb") is None:
            report.message("wandb-missing", _MISSING, level="warn")
        elif asked:
            self._dare(lambda: self._start(asked, spec))

    def step(self, step: int, metrics: Mapping[str, float]) -> None:
        """Sends metrics of a step."""
        for run in self._runs:
            self._dare(lambda run=run: run.log(dict(metrics), step=step))  # type: ignore[misc]

    def finish(self) -> None:
        """Lets each run send what it still has."""
        for run in self._runs:
            self._dare(run.finish)

    def _start(self, asked: list[dict[str, Any]], spec: JobSpec) -> None:
        wandb = importlib.import_module("wandb")
        for wanted in asked:
            self._runs.append(
                wandb.init(
                    project=wanted["project"],
                    name=wanted.get("name") or spec.run_name,
                    entity=wanted.get("entity"),
                    tags=wanted.get("tags"),
                    id=spec.run_name.replace(":", "-"),
                    resume="allow",
                    reinit="create_new",
                )
            )

    def _dare(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            self._runs = []
            text = f"Nothing more is sent to Weights & Biases: {type(error).__name__}: {error}"
            self._report.message("wandb-off", text, level="warn")
