"""How long a server asks to be left alone."""

from __future__ import annotations

import time
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2


def asked_pause_s(response: httpx2.Response | None) -> float | None:
    """Seconds by `retry-after-ms` or `Retry-After` (a number or a date, RFC 9110 §10.2.3).

    None where nothing sensible is said: nothing at all, words, or a time that is over.
    """
    if response is None:
        return None
    told_ms = _number(response.headers.get("retry-after-ms", ""))
    told = response.headers.get("retry-after", "")
    pause_s = told_ms / 1000 if told_ms is not None else _number(told)
    if pause_s is None and (date := parsedate_tz(told)) is not None:
        pause_s = mktime_tz(date) - time.time()
    return pause_s if pause_s is not None and 0 < pause_s < float("inf") else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
