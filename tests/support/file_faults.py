"""A disk that fails at a call of our choice."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

CALLS = (
    "open",
    "write",
    "copy_file_range",
    "fsync",
    "replace",
    "close",
    "fchmod",
    "unlink",
    "ftruncate",
)
CAUSES = {
    errno.ENOSPC: "The disk is full.",
    errno.EIO: "The disk reported a read or write error.",
    errno.EACCES: "You may not do that here.",
    errno.EROFS: "The disk can only be read.",
}


class FaultyDisk:
    """Counts calls that change files; from the `fail_at`-th on (or only there) they fail.

    A failing write has written half. A failing close has closed, as on Linux.
    """

    def __init__(
        self, fail_at: int | None = None, code: int = errno.EIO, once: bool = True
    ) -> None:
        self.n_calls = 0
        self.failed: list[str] = []
        self._fail_at = fail_at
        self._code = code
        self._once = once

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        with mock.patch.multiple(os, **{name: self._faulty(name) for name in CALLS}):
            yield

    def _faulty(self, name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.n_calls += 1
            if not self._is_due():
                return real(*args, **kwargs)
            self.failed.append(name)
            if name == "close":
                real(*args)
            if name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
            if name == "copy_file_range":
                real(args[0], args[1], args[2] // 2, **kwargs)
            raise OSError(self._code, os.strerror(self._code))

        return call

    def _is_due(self) -> bool:
        if self._fail_at is None:
            return False
        return self.n_calls == self._fail_at or (not self._once and self.n_calls > self._fail_at)
