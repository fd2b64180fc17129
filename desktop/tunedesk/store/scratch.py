"""Files that are of use to one session only: in the cache folder, and gone with the session.

What a process left behind that was ended at once is found by its lock, which nobody holds, and
deleted at the next start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from pathlib import Path

from tunedesk.store.file_access import try_lock, unlock
from tunedesk.store.os_errors import translated

_LOCK = ".lock"


class Scratch:
    """A folder of its own below `parent`, made when the first file is asked for.

    Blocking, but for a few system calls only.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None
        self._lock = -1

    def file(self, name: str) -> Path:
        """The path of a file, which is empty at first. Raises TunedeskError."""
        with translated(self._parent, "The rows were not compared."):
            if self._folder is None:
                self._folder = self._made()
            path = self._folder / name
            path.touch(mode=0o600)
        return path

    def drop(self, *names: str) -> None:
        """Delete files that are of no use any more, if they are there."""
        if self._folder is not None:
            for name in names:
                with contextlib.suppress(OSError):  # in use on Windows: it goes with the folder
                    (self._folder / name).unlink()

    def close(self) -> None:
        """Delete everything. Closing twice is harmless."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            _let_go(self._folder.with_suffix(_LOCK), self._lock)
            self._folder = None

    def _made(self) -> Path:
        """The lock is there before the folder: whoever sweeps takes no folder without one."""
        self._parent.mkdir(parents=True, exist_ok=True)
        folder = self._parent / uuid.uuid4().hex
        lock = folder.with_suffix(_LOCK)
        self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if not try_lock(self._lock) or not lock.exists():  # swept in between
            os.close(self._lock)
            return self._made()
        folder.mkdir(mode=0o700)
        return folder


def sweep(parent: Path) -> None:
    """Delete what ended processes left below `parent`. Blocking; raises nothing."""
    with contextlib.suppress(OSError):
        for lock in list(parent.glob(f"*{_LOCK}")):
            _sweep_one(lock)


def _sweep_one(lock: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(lock, os.O_RDWR)
        if try_lock(descriptor):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            _let_go(lock, descriptor)
        else:
            os.close(descriptor)


def _let_go(lock: Path, descriptor: int) -> None:
    """The file first, where a locked one may go: nobody takes the lock of a folder in between."""
    with contextlib.suppress(OSError):
        lock.unlink()
    unlock(descriptor)
    os.close(descriptor)
    with contextlib.suppress(OSError):
        lock.unlink(missing_ok=True)
