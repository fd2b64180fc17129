"""`python -m tunedesk.engine.training <job folder>`; exit 0 done or paused, 1 failed.

What the engine says arrives on stdin: `pause` asks for rest, the end of it means that the engine
is gone. Started by hand (stdin is a terminal or nothing) it just runs.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
import traceback
import warnings
from functools import partial
from pathlib import Path

from tunedesk.engine.lifetime import (
    die_with_parent,
    leave_at_once,
    lower_priority,
    when_stdin_ends,
)

die_with_parent()

from tunedesk.engine.training.failure import PeerLostError, explained  # noqa: E402 - light ones
from tunedesk.engine.training.report import Report  # noqa: E402
from tunedesk.engine.training.spec import (  # noqa: E402
    EXIT_DISK_FULL,
    PAUSE_WORD,
    JobSpec,
    read_spec,
)

_NICE = 5


def main() -> int:
    """Runs the job named on the command line; every failure is reported as a `failed` line."""
    pause = _listen()
    lower_priority(_NICE)
    warnings.simplefilter("ignore")
    job_folder = Path(sys.argv[1])
    is_silent = os.environ.get("RANK", "0") != "0"
    with Report(job_folder, is_silent=is_silent) as report:
        return run(job_folder, report, pause)


def run(job_folder: Path, report: Report, pause: threading.Event) -> int:
    """The whole job; returns the exit code."""
    try:
        return _train(job_folder, read_spec(job_folder), report, pause)
    except PeerLostError:
        _log_it()  # the one that is gone knows why
        return 1
    except Exception as error:
        _log_it()
        return _fail(error, report)


def _log_it() -> None:
    """Into the job's log, unless the disk is too full for that: the reason must still get out."""
    with contextlib.suppress(OSError):
        traceback.print_exc()


def _fail(error: Exception, report: Report) -> int:
    failure = explained(error)
    try:
        report.failed(failure.code, str(failure), failure.param)
    except OSError:
        return EXIT_DISK_FULL if failure.code == "disk_full" else 1
    return 1


def _train(job_folder: Path, spec: JobSpec, report: Report, pause: threading.Event) -> int:
    from tunedesk.engine.template import TemplateRefusalError
    from tunedesk.engine.training.checkpoint import sweep
    from tunedesk.engine.training.distributed import join
    from tunedesk.engine.training.failure import TrainingError
    from tunedesk.engine.training.loop import PausedError, Run

    group = join(job_folder)
    if group.is_first:
        sweep(job_folder)
    try:
        Run(job_folder, spec, report, group=group, is_pause_asked=pause.is_set).finish()
    except PausedError:
        return 0
    except TemplateRefusalError as error:
        text = f"A row cannot be shown to this model: {error}"
        raise TrainingError("invalid_training_file", text) from error
    return 0


def _listen() -> threading.Event:
    asked = threading.Event()
    if not stat.S_ISCHR(os.fstat(0).st_mode):
        when_stdin_ends(leave_at_once, said=partial(_take_word, asked))
    return asked


def _take_word(asked: threading.Event, data: bytes) -> None:
    if PAUSE_WORD in data:
        asked.set()


if __name__ == "__main__":
    # Everything is on disk; taking torch down in good order would cost half a second.
    os._exit(main())
