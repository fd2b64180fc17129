"""Errors nobody handles: from Qt's slots, and from the loop's callbacks and lost tasks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any


class ErrorCatcher:
    """Hands each to `report`, instead of a silent death, until `release` is called."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, report: Callable[[BaseException], None]
    ) -> None:
        self._loop, self._report = loop, report
        self._hook_before = sys.excepthook
        self._handler_before = loop.get_exception_handler()
        sys.excepthook = self._from_slot
        loop.set_exception_handler(self._from_loop)

    def release(self) -> None:
        """Put back what was there before."""
        sys.excepthook = self._hook_before
        self._loop.set_exception_handler(self._handler_before)

    def _from_slot(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        self._report(error)

    def _from_loop(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._report(error)
