"""Fails a test that leaves a thread, a task, a window or a running timer behind (fault A2)."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 5.0
# Threads that end with their loop or process, and not with what was asked of them.
IDLE_WORKERS = ("AnyIO worker thread", "Dummy-", "asyncio_")


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """AssertionError at the end if something is alive that was not before, by its name."""
    before = [*_threads(), *_tasks(), *_windows(), *_timers()]
    yield
    assert not (left := _after(_threads, before)), f"threads left behind: {left}"
    assert not (left := _after(_tasks, before)), f"tasks left behind: {left}"
    assert not (left := _after(_windows, before)), f"windows left behind: {left}"
    assert not (left := _after(_timers, before)), f"timers left running: {left}"


def _after(alive: Callable[[], list[Any]], before: list[Any]) -> list[Any]:
    """What is new; looked at again, after a collection, for as long as it may still be ending."""
    known = {id(thing) for thing in before}
    end_s = time.monotonic() + PATIENCE_S
    while left := [thing for thing in alive() if id(thing) not in known]:
        if time.monotonic() > end_s:
            return left
        gc.collect()
        _let_qt_delete()
        time.sleep(0.01)
    return []


def _threads() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if not thread.name.startswith(IDLE_WORKERS) and type(thread).__name__ != "TMonitor"
    ]


def _tasks() -> list[asyncio.Task[Any]]:
    """Every task that is not done, of any loop; asyncio's own list has no public name for that."""
    known = getattr(asyncio.tasks, "_scheduled_tasks", None)
    if known is None:
        known = getattr(asyncio.tasks, "_all_tasks", ())
    return [task for task in list(known) if not task.done()]


def _windows() -> list[Any]:
    application = _application()
    if application is None:
        return []
    return [widget for widget in application.topLevelWidgets() if _is_window(widget)]


def _is_window(widget: Any) -> bool:
    return widget.parent() is None and type(widget).__name__ not in {"QTipLabel", "QDesktopWidget"}


def _timers() -> list[Any]:
    application = _application()
    if application is None:
        return []
    from PySide6.QtCore import QTimer

    return [timer for timer in application.findChildren(QTimer) if timer.isActive()]


def _let_qt_delete() -> None:
    application = _application()
    if application is not None:
        from PySide6.QtCore import QEvent

        application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _application() -> Any:
    """The running QApplication; None where nothing has imported Qt's widgets."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets.QApplication.instance() if widgets else None
