"""The app's one event loop: qasync's, with one of its races closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import qasync


class DesktopLoop(qasync.QEventLoop):  # type: ignore[misc]
    """qasync calls a file descriptor's callback a turn after the descriptor became ready.

    A network library that waits for "ready" by a future may have been cancelled in that turn;
    setting the cancelled future raises InvalidStateError, which would reach the person as an
    error although nothing is wrong. Here such a late call does nothing.
    """

    def _add_reader(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:
        super()._add_reader(fd, _unless_done(callback), *args)

    def _add_writer(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:
        super()._add_writer(fd, _unless_done(callback), *args)


def _unless_done(callback: Callable[..., object]) -> Callable[..., object]:
    future = getattr(callback, "__self__", None)
    if not isinstance(future, asyncio.Future):
        return callback

    def late(*args: Any) -> None:
        if not future.done():
            callback(*args)

    return late
