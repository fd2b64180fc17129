"""One cook at the stove: training and generation take turns on the cores.

Two processes whose OpenMP threads compete slow each other down many times over, so a training
step and a slice of generation never overlap. Two file locks make the turns fair: a waiting
process holds the *ticket* while it waits for the *stove*, so the one that just stepped back
cannot step in front of it again. A dead process loses its locks with its file handles.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

else:  # pragma: no cover - other systems run without taking turns

    def _lock(handle: int) -> None:
        return

    def _unlock(handle: int) -> None:
        return


class ComputeLock:
    """Fair between processes, not between threads of one process; not re-entrant."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self._ticket = os.open(folder / "ticket.lock", flags, 0o600)
        self._stove = os.open(folder / "stove.lock", flags, 0o600)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for its turn, at most about one slice of each other process."""
        _lock(self._ticket)
        try:
            _lock(self._stove)
        finally:
            _unlock(self._ticket)
        try:
            yield
        finally:
            _unlock(self._stove)

    def close(self) -> None:
        """Gives both locks back."""
        os.close(self._ticket)
        os.close(self._stove)
