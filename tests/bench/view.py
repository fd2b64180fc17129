"""The Data page with a million rows in the real app, beside the plainest table of the same rows.

Each part runs in a process of its own, on the offscreen platform; times are up to the end of the
repaint. The plain table holds dicts, of a tenth of the rows where a million would take minutes:
its times of what goes through all rows are then multiplied by ten, in its favour for sorting.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from statistics import median

from tests.bench.dataset import as_dicts, million
from tests.bench.dataset import first_rows as first_rows_of
from tests.bench.million_rows import N_ROWS
from tests.bench.timing import Row, best_s
from tests.bench.view_side import STARTED_AT, TOLD, Figures
from tests.support.environment import base_model_folder
from tests.support.projects import home, project

_N_STARTS = 5
_N_PLAIN = 100_000
_TIMES_FEWER = N_ROWS // _N_PLAIN
_PLAIN = "QTableView over dicts"
_FEWER = f"{_PLAIN} ({_N_PLAIN:,} rows)"
_TENFOLD = f"{_PLAIN} ({_N_PLAIN:,} rows, time × {_TIMES_FEWER})"
_LONGEST_S = 1_800
_EDIT_MS = 25.0
_WITHOUT_PROGRESS_MS = 500.0


def first_rows() -> list[Row]:
    """From the start of the process to the first rows on the screen; the file is in the cache."""
    _ours("first")  # Python compiles the modules once
    ours_ms = min(_ours("first")["first"][0] for _ in range(_N_STARTS))
    empty_ms = min(_plain("first")["first"][0] for _ in range(_N_STARTS))
    (dicts_s,) = best_s(lambda: as_dicts(million()), repeats=2)
    name = "process start to first rows of a million"
    return [
        Row(name, "ms", ours_ms, empty_ms, "an empty window of PySide6"),
        Row(name, "ms", ours_ms, dicts_s * 1e3, "json.loads of each line into a list"),
    ]


def hands_on_rows() -> list[Row]:
    """Page down, a step of scrolling, Ctrl+A, an edit, a move."""
    ours, plain = _ours("hands"), _plain("hands")
    rows = []
    for part, name in (("page", "page down"), ("scroll", "scroll step of 8 pixels")):
        rows.append(Row(name, "ms", median(ours[part]), median(plain[part]), _FEWER))
        rows.append(Row(f"{name}, p95", "ms", _p(95, ours[part]), _p(95, plain[part]), _FEWER))
    for part, name in (
        ("all", "Ctrl+A"),
        ("edit", "an edit of a row"),
        ("move", "a move of 10 rows over 900,000"),
    ):
        rows.append(Row(name, "ms", median(ours[part]), median(plain[part]), _FEWER))
    rows.append(Row("End", "ms", median(ours["end"]), median(plain["page"]), f"{_FEWER}, a page"))
    rows.append(Row("undo of an edit", "ms", median(ours["undo"]), median(plain["edit"]), _FEWER))
    return rows


def bulk_on_rows() -> list[Row]:
    """Half of the rows at once (of texts a tenth): how long the window did not answer, and how long
    until it was done; the longest of doing, undoing and doing again."""
    ours = _ours("bulk")
    acts = [name for name in ours if "," not in name and ":" not in name]
    rows = []
    for act in acts:
        steps = (act, f"{act}, undo", f"{act}, redo")
        many, longest_ms = f"{act}, half a million rows", max(ours[step][0] for step in steps)
        rows.append(Row(f"{many}: longest wait", "ms", longest_ms, _EDIT_MS, "the limit"))
        done_ms = max(ours[f"{step}: done"][0] for step in steps)
        rows.append(Row(many, "ms", done_ms, _WITHOUT_PROGRESS_MS, "the limit without progress"))
    return rows


def heartbeat() -> list[Row]:
    """The longest but one in a hundred of the gaps between beats of a 10 ms timer."""
    plain, ours = _plain("check"), _ours("check")
    rows = []
    for part, stage in (
        ("start", "from the first rows to the other pages"),
        ("check", "during the check"),
        ("tokens", "during the counting"),
    ):
        ours_ms, name = _p(99, ours[part]), f"heartbeat p99 {stage}"
        for with_what, base in (("check", "while a thread calls json.loads"), ("idle", "idle")):
            rows.append(Row(name, "ms", ours_ms, _p(99, plain[with_what]), f"{_PLAIN}, {base}"))
    return rows


def views_of_rows() -> list[Row]:
    """A chip, two columns to sort by, a text and an expression: until shown, and the beats."""
    ours, plain = _ours("views"), _plain("views")
    rows = []
    for part in ("chip", "sort tokens", "sort prompt", "search", "regex"):
        plain_ms = plain[part][0] * _TIMES_FEWER
        rows.append(Row(f"{part} of a million rows", "ms", ours[part][0], plain_ms, _TENFOLD))
        beats = f"{part}: heartbeat p99"
        rows.append(Row(beats, "ms", _p(99, ours[f"{part} beats"]), plain_ms, "all of it at once"))
    return rows


def _p(percent: int, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _ours(part: str) -> Figures:
    code = f"import sys; from tests.bench.view_side import main; sys.exit(main({part!r}))"
    return _told(code, {"TUNEDESK_HOME": str(_home())})


def _plain(part: str) -> Figures:
    arguments = (part, str(first_rows_of(_N_PLAIN)), _N_PLAIN)
    return _told(f"import sys; from tests.bench.plain_view import main; sys.exit(main{arguments})")


def _told(code: str, more: dict[str, str] | None = None) -> Figures:
    """What a child process says. Its modules are compiled, as an installed app's are."""
    environment = os.environ | (more or {}) | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPYCACHEPREFIX": str(_folder() / "compiled"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as errors:
        environment[STARTED_AT] = str(time.perf_counter())
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=_LONGEST_S,
            check=False,
        )
        errors.seek(0)
        lines = [line for line in done.stdout.decode().splitlines() if line.startswith(TOLD)]
        if not lines:
            raise RuntimeError(f"{code} ended with {done.returncode}: {errors.read().decode()}")
    figures: Figures = json.loads(lines[-1].removeprefix(TOLD))
    return figures


@cache
def _home() -> Path:
    """A home whose last project has a copy of the million rows, and the engine's model."""
    folder = _folder() / "home"
    rows = _folder() / "million.jsonl"
    shutil.copyfile(million(), rows)
    asyncio.run(_make_project(folder, rows))
    models = folder / "data" / "engine" / "models"
    if base_model_folder().is_dir():
        shutil.copytree(base_model_folder(), models / base_model_folder().name)
    return folder


async def _make_project(folder: Path, rows: Path) -> None:
    async with home(folder) as place, project(place) as made:
        await made.add_dataset(rows)


@cache
def _folder() -> Path:
    return Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="tunedesk-bench-")))


_stack = ExitStack()

MEASURES = (first_rows, hands_on_rows, bulk_on_rows, heartbeat, views_of_rows)
