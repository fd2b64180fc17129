"""A little of the disk held back, so that why a job failed can be written on a full one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

RESERVE_BYTES = 1 << 20  # a hundred times what the last words of a job take
_FILE = "held-back"


class Reserve:
    """A file of `RESERVE_BYTES` in the engine's folder. Never raises: it is help, no promise."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def keep(self) -> None:
        """Takes the space unless it is taken. A disk without so much is left as it is."""
        try:
            if self._path.stat().st_size == RESERVE_BYTES:
                return
        except OSError:
            pass
        try:
            # Written out: a file with a hole, or of zeros that the disk packs, holds nothing back.
            self._path.write_bytes(os.urandom(RESERVE_BYTES))
        except OSError:
            self.spend()

    def spend(self) -> bool:
        """Gives the space back; False if there was none."""
        with contextlib.suppress(OSError):
            self._path.unlink()
            return True
        return False
