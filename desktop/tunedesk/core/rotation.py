"""Which backups are kept: the newest, and one of each recent day, week and month."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

N_NEWEST = 5
N_DAYS = 7
N_WEEKS = 5
N_MONTHS = 12

_DAY_MS = 86_400_000


def kept(times_ms: Collection[int], now_ms: int) -> set[int]:
    """The times (Unix, in milliseconds) of the backups to keep; the others may go.

    The five newest stay, and the last one of each of the past 7 days, 5 weeks and 12 months
    (calendar of UTC) that has any. A time in the future counts as now.
    """
    newest_first = sorted(times_ms, reverse=True)
    keep = set(newest_first[:N_NEWEST])
    for bucket, count in ((_day, N_DAYS), (_week, N_WEEKS), (_month, N_MONTHS)):
        keep |= _last_of_each(newest_first, bucket, bucket(now_ms) - count, now_ms)
    return keep


def _last_of_each(
    newest_first: Collection[int], bucket: Callable[[int], int], after: int, now_ms: int
) -> set[int]:
    found: dict[int, int] = {}
    for time_ms in newest_first:
        place = bucket(min(time_ms, now_ms))
        if place > after:
            found.setdefault(place, time_ms)
    return set(found.values())


def _day(time_ms: int) -> int:
    return time_ms // _DAY_MS


def _week(time_ms: int) -> int:
    return (_day(time_ms) + 3) // 7  # 1 January 1970 was a Thursday; weeks begin on Monday


def _month(time_ms: int) -> int:
    at = datetime.fromtimestamp(time_ms / 1000, UTC)
    return at.year * 12 + at.month
