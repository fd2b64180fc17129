"""No orphans: every process of the engine ends when the one that started it is gone (faults E5).

Two independent ways, since each has a hole: the kernel's parent-death signal (Linux only) and
end-of-file on stdin, whose other end only the parent holds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks the kernel to kill this process when its parent dies. A no-op beside Linux.

    Call it first thing: a parent that died before the call is noticed only by `when_stdin_ends`.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def when_stdin_ends(
    act: Callable[[], None], *, said: Callable[[bytes], object] = lambda _: None
) -> None:
    """Calls `act` on a daemon thread once stdin is closed; `said` gets what arrives before."""

    def watch() -> None:
        while data := os.read(0, 65536):
            said(data)
        act()

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()


def leave_at_once() -> None:
    """Ends the process without clean-up; everything on disk is written atomically anyway."""
    os._exit(0)


def lower_priority(nice: int) -> None:
    """Steps back behind the desktop where the system knows `nice`."""
    if hasattr(os, "nice"):
        os.nice(nice)
