"""What is measured, each beside the plainest thing that one could compare it with."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path

from tests.bench import (
    coverage,
    dataset,
    first_paint,
    generation,
    monitoring,
    paging,
    sameness,
    streaming,
    training,
    view,
)
from tests.bench.timing import Row, best_s
from tunedesk.assets import resource
from tunedesk.core.validation import check_rows

N_ROWS = 20_000

Measure = Callable[[], Row | list[Row]]


def row_check() -> Row:
    """Rows a second through every rule of the format, against one `json.loads` a row."""
    sample = resource("samples", "marv-train.jsonl").read_bytes().rstrip(b"\n").split(b"\n")
    rows = [_distinct(sample[number % len(sample)], number) for number in range(N_ROWS)]
    ours_s, baseline_s = best_s(lambda: check_rows(rows), lambda: [json.loads(row) for row in rows])
    name = "check of chat rows"
    return Row(name, "rows/s", N_ROWS / ours_s, N_ROWS / baseline_s, "json.loads of each row")


def _distinct(row: bytes, number: int) -> bytes:
    return row.replace(b'"content": "', b'"content": "%d ' % number)


def app_import() -> Row:
    """All that is imported before the first paint, against Qt alone."""
    ours, baseline = "import tunedesk.app.start", "import PySide6.QtWidgets"
    ours_s, baseline_s = best_s(_python(ours), _python(baseline))
    return _in_ms("start of Python with the app's modules", ours_s, baseline_s, baseline)


def engine_start() -> Row:
    """From the start of the engine's process to the line that says its address."""
    baseline = "import fastapi, uvicorn"
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        engine = _Engine(folder)
        ours_s, baseline_s, _ = best_s(engine.start, _python(baseline), engine.stop)
    return _in_ms("start of the engine, until it is ready", ours_s, baseline_s, baseline)


def _in_ms(name: str, ours_s: float, baseline_s: float, baseline: str) -> Row:
    return Row(name, "ms", ours_s * 1e3, baseline_s * 1e3, f"python -c '{baseline}'")


def _python(code: str) -> Callable[[], object]:
    return partial(subprocess.run, [sys.executable, "-c", code], check=True, capture_output=True)


class _Engine:
    """The engine in a folder of its own, started and stopped again and again."""

    def __init__(self, folder: str) -> None:
        self._command = [sys.executable, "-m", "tunedesk.engine", "--data", folder]
        self._command += ["--uds", str(Path(folder) / "s"), "--exit-with-parent"]
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a process and wait until it says where it listens; the one before must be ended."""
        pipe = subprocess.PIPE
        self._running = subprocess.Popen(self._command, stdin=pipe, stdout=pipe)
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(b"token-of-the-benchmark\n")
        self._running.stdin.flush()
        json.loads(self._running.stdout.readline())

    def stop(self) -> None:
        """Close its standard input, at which it ends."""
        if self._running:
            self._running.communicate(timeout=30)


_OWN: tuple[Measure, ...] = (row_check, app_import, engine_start)
_OTHERS: tuple[tuple[Measure, ...], ...] = (
    first_paint.MEASURES,
    paging.MEASURES,
    training.MEASURES,
    (generation.speed_of_one_thread, generation.speed_of_two_threads, sameness.sameness),
    dataset.MEASURES,
    view.MEASURES,
    coverage.MEASURES,
    monitoring.MEASURES,
    streaming.MEASURES,
)
MEASURES: tuple[Measure, ...] = (*_OWN, *chain.from_iterable(_OTHERS))
