"""Background changes: one place that starts them, keeps them, and reports what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

from tunedesk.core.errors import TunedeskError

T = TypeVar("T")
ErrorHandler = Callable[[BaseException], None]


class Operations:
    """Runs coroutines for widgets on the one loop.

    `report(error)` shows an error nobody else handles. An operation whose owner was destroyed is
    cancelled and its result dropped, so closing a page mid-request is silent (fault A2).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, report: ErrorHandler) -> None:
        self._loop = loop
        self._report = report
        self._tasks: dict[asyncio.Task[Any], QObject] = {}

    def run(
        self,
        work: Coroutine[Any, Any, T],
        *,
        owner: QObject,
        done: Callable[[T], object] | None = None,
        failed: Callable[[TunedeskError], object] | None = None,
    ) -> asyncio.Task[T]:
        """Start `work`; `done(result)` or `failed(error)` is called on the GUI thread.

        Errors that are not a TunedeskError, and those without a `failed`, go to `report`.
        """
        task = self._loop.create_task(work)
        self._tasks[task] = owner
        owner.destroyed.connect(task.cancel)
        task.add_done_callback(lambda t: self._finished(t, owner, done, failed))
        return task

    def _finished(
        self,
        task: asyncio.Task[T],
        owner: QObject,
        done: Callable[[T], object] | None,
        failed: Callable[[TunedeskError], object] | None,
    ) -> None:
        self._tasks.pop(task, None)
        if task.cancelled() or not isValid(owner):
            return
        error = task.exception()
        if error is None:
            if done is not None:
                done(task.result())
        elif isinstance(error, TunedeskError) and failed is not None:
            failed(error)
        else:
            self._report(error)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._tasks)

    async def end_of(self, widgets: Collection[QObject]) -> None:
        """Cancel what these widgets, or others within them, have begun, and wait for its end: what
        came of it until then may still be written down. They must not be deleted yet."""
        await _end([task for task, owner in self._tasks.items() if _is_within(owner, widgets)])

    async def close(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        await _end(list(self._tasks))


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_within(owner: QObject | None, widgets: Collection[QObject]) -> bool:
    while owner is not None and isValid(owner):
        if owner in widgets:
            return True
        owner = owner.parent()
    return False
