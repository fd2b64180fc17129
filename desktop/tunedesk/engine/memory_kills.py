"""Was it for its memory that a process was killed? A kill -9 by itself does not say."""

from __future__ import annotations

import re
from pathlib import Path

_COUNTER = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_FILE = Path("/proc/vmstat")  # Linux; counts kills by limits of containers too


def memory_kills() -> int | None:
    """How many processes the system has killed so far since memory ran out; None: not told."""
    try:
        found = _COUNTER.search(_FILE.read_text())
    except OSError:
        return None
    return int(found[1]) if found else None
