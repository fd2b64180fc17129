"""Watching 20 jobs of 1,000 events each, all at once: how soon the Train page answers.

The app's side and the provider are processes of their own, on the offscreen platform; the provider
tells each job's events within 30 s, and is asked as often as an engine of ours.
"""

from __future__ import annotations

from tests.bench.app_side import p99, told_by
from tests.bench.monitoring_side import N_EVENTS, N_JOBS
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
        figure = p99(all_of_them[part])
        rows.append(Row(f"{name}, {what}", "ms", figure, _LIMIT_MS, "the limit"))
        alone = p99(few[part])
        rows.append(Row(f"{name}, {what}", "ms", figure, alone, f"with {_FEW} jobs"))
    polls = all_of_them["polls"]
    rows.append(Row("questions to the provider by job", "1/s", max(polls), 1.0, "one a second"))
    return rows


def _told(n_jobs: int) -> dict[str, list[float]]:
    """What the app's side measured."""
    found: dict[str, list[float]] = told_by("monitoring_side", n_jobs, _LONGEST_S)
    return found


MEASURES = (watched_jobs,)
