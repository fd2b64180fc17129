"""The app's one event loop: qasync's, with two of its races closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

import qasync


class DesktopLoop(qasync.QEventLoop):  # type: ignore[misc]
    """qasync calls a file descriptor's callback a turn after the descriptor became ready.

    A network library that waits for "ready" by a future may have been cancelled in that turn;
    setting the cancelled future raises InvalidStateError, which would reach the person as an
    error although nothing is wrong. Here such a late call does nothing.

    What another thread asked for just before the loop was closed arrives after it; that, too,
    does nothing here.
    """

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self.is_closed():
            late = asyncio.Handle(callback, args, self, context)
            late.cancel()
            return late
        handle: asyncio.Handle = super().call_soon(callback, *args, context=context)
        return handle

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
