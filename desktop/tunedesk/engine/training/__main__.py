"""`python -m tunedesk.engine.training <job folder>`; exit 0 done, 1 failed with a reason."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from tunedesk.engine.lifetime import (
    die_with_parent,
    leave_at_once,
    lower_priority,
    when_stdin_ends,
)

die_with_parent()

from tunedesk.engine.training.report import Report  # noqa: E402 - light, torch comes later
from tunedesk.engine.training.spec import read_spec  # noqa: E402

_NICE = 5


def main() -> int:
    """Runs the job named on the command line; every failure is reported as a `failed` line."""
    when_stdin_ends(leave_at_once)
    lower_priority(_NICE)
    warnings.simplefilter("ignore")
    job_folder = Path(sys.argv[1])
    with Report(job_folder) as report:
        try:
            return _train(job_folder, report)
        except Exception as error:
            report.failed(*_explained(error))
            raise  # the traceback goes to the job's log


def _explained(error: Exception) -> tuple[str, str]:
    """Code and sentence of the job's error. torch says "not enough memory" by RuntimeError."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or "can't allocate memory" in text:
        return "out_of_memory", "There was not enough memory for this training."
    if "No space left" in text:
        return "disk_full", "The disk is full: a checkpoint could not be written."
    return "internal_error", f"Training stopped: {text}"


def _train(job_folder: Path, report: Report) -> int:
    spec = read_spec(job_folder)
    from tunedesk.engine.template import TemplateRefusalError
    from tunedesk.engine.training.loop import Run, TrainingError

    try:
        Run(job_folder, spec, report).finish()
    except TrainingError as error:
        report.failed(error.code, str(error), error.param)
        return 1
    except TemplateRefusalError as error:
        report.failed("invalid_training_file", f"A row cannot be shown to this model: {error}")
        return 1
    return 0


if __name__ == "__main__":
    # Everything is on disk; taking torch down in good order would cost half a second.
    os._exit(main())
