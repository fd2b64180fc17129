"""One engine to a data folder: a second would train the same jobs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tunedesk.core.errors import TunedeskError

_PATIENCE_S = 5.0  # an engine whose app was killed takes up to 2 s to leave
_LOOK_S = 0.1


def own(data: Path) -> int:
    """Takes the data folder; closing the returned handle, or dying, gives it back.

    Raises TunedeskError if another engine keeps it for longer than an ending one would.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(data / "engine.lock", flags, 0o600)
    patience_ends_s = time.monotonic() + _PATIENCE_S
    while not _try_lock(handle):
        if time.monotonic() > patience_ends_s:
            os.close(handle)
            raise TunedeskError(
                "data_in_use",
                "The engine was not started.",
                f"Another engine is working in {data}.",
                "Stop that one, or give this one a folder of its own with --data.",
            )
        time.sleep(_LOOK_S)
    return handle


def _try_lock(handle: int) -> bool:
    if os.name != "posix":
        return True  # pragma: no cover
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
