"""Watching 20 jobs of 1,000 events each, all at once: how soon the Train page answers.

The app's side and the provider are processes of their own, on the offscreen platform; the provider
tells each job's events within 30 s, and is asked as often as an engine of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.monitoring_side import N_EVENTS, N_JOBS, TOLD
from tests.bench.timing import Row

_LONGEST_S = 400
_LIMIT_MS = 50.0
_FEW = 2


def watched_jobs() -> list[Row]:
    """Another job chosen, until its page is painted, and the beats of a 10 ms timer meanwhile."""
    few, all_of_them = _told(_FEW), _told(N_JOBS)
    assert all_of_them["events"] == [N_EVENTS] * N_JOBS, "a gap or a duplicate"
    what = f"{N_JOBS} jobs × {N_EVENTS:,} events"
    rows = []
    for part, name in (("choose", "another job chosen, p99"), ("beats", "heartbeat p99")):
        figure = _p99(all_of_them[part])
        rows.append(Row(f"{name}, {what}", "ms", figure, _LIMIT_MS, "the limit"))
        alone = _p99(few[part])
        rows.append(Row(f"{name}, {what}", "ms", figure, alone, f"with {_FEW} jobs"))
    polls = all_of_them["polls"]
    rows.append(Row("questions to the provider by job", "1/s", max(polls), 1.0, "one a second"))
    return rows


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def _told(n_jobs: int) -> dict[str, list[float]]:
    """What the app's side measured."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        call = f"app({n_jobs}, {folder!r})"
        done = subprocess.run(
            [sys.executable, "-c", f"from tests.bench.monitoring_side import app; {call}"],
            env=environment | {"TUNEDESK_HOME": str(Path(folder) / "home")},
            stdout=subprocess.PIPE,
            timeout=_LONGEST_S,
            check=True,
        )
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith(TOLD)]
    found: dict[str, list[float]] = json.loads(lines[-1].removeprefix(TOLD))
    return found


MEASURES = (watched_jobs,)
