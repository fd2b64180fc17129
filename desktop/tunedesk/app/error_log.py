"""A local log of unexpected errors: where they came from, never what they were about (K4)."""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tunedesk.core.crash_report import report_of

_MAX_BYTES = 500_000


class ErrorLog:
    """Writes `tunedesk.log`; made at the first error, so a good day leaves no file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tunedesk.log"
        self._logger: logging.Logger | None = None

    def note(self, error: BaseException) -> None:
        """Keep kind and places of `error`. Its text may hold a row or a key and is left out.

        A log that cannot be written is done without: the person is told the error all the same.
        """
        with contextlib.suppress(OSError):
            self._open().error("%s", report_of(error))

    def _open(self) -> logging.Logger:
        if self._logger is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                self.path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._logger = logging.Logger("tunedesk.unexpected")
            self._logger.addHandler(handler)
        return self._logger

    def close(self) -> None:
        """Let go of the file."""
        for handler in self._logger.handlers if self._logger is not None else ():
            handler.close()
