"""One qasync loop a test, and a way to run it until something is true.

Fixtures `gui_loop`, `operations` and `theme` are for a folder's conftest to import.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from tunedesk.app.event_loop import DesktopLoop
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.style import style_sheet

T = TypeVar("T")


class GuiLoop:
    """The loop of a test. `settle` is how a test waits: by what must become true, not by time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._enter()

    def _enter(self) -> None:
        """Between two runs, too, Qt's events find the loop running, as they do in the app."""
        asyncio._set_running_loop(self.loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the loop until `work` is done; its result."""
        asyncio._set_running_loop(None)
        # Not run_until_complete: qasync's handles what is due at its end with no loop running.
        task = self.loop.create_task(work)
        task.add_done_callback(lambda _: self.loop.stop())
        try:
            self.loop.run_forever()
        finally:
            self._enter()
        QApplication.processEvents()
        return task.result()

    def close(self) -> None:
        """The end of the test."""
        asyncio._set_running_loop(None)
        self.loop.close()
        # Timers not yet due: they would still come in the tests that follow.
        shiboken6.delete(self.loop._timer)  # type: ignore[attr-defined]

    def settle(self, predicate: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Run Qt and asyncio until `predicate()` is truthy. Raises AssertionError after a while."""
        self.run(_until(predicate, timeout_s))

    def turn(self, n: int = 5) -> None:
        """Let everything that is due now happen, and nothing more."""
        self.run(_turns(n))


async def _until(predicate: Callable[[], object], timeout_s: float) -> None:
    end_s = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < end_s, f"still not true after {timeout_s:g} s"
        await asyncio.sleep(0.005)


async def _turns(n: int) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


@pytest.fixture
def gui_loop(qapp: QApplication) -> Iterator[GuiLoop]:
    """A loop on the GUI thread; the test fails if it leaves a task behind."""
    loop = DesktopLoop(qapp)
    asyncio.set_event_loop(loop)
    made = GuiLoop(loop)
    yield made
    made.turn()
    left = asyncio.all_tasks(loop)
    made.close()
    asyncio.set_event_loop(None)
    assert not left, f"tasks left behind: {left}"


@pytest.fixture
def reported() -> list[BaseException]:
    """Errors no widget handled; the test fails if one is left in it."""
    return []


@pytest.fixture
def operations(gui_loop: GuiLoop, reported: list[BaseException]) -> Iterator[Operations]:
    made = Operations(gui_loop.loop, reported.append)
    yield made
    gui_loop.run(made.close())
    assert not reported, f"unhandled: {reported!r}"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme; a test may switch it. Widgets that stand alone are dressed, too."""
    made = Theme(qapp, "light")

    def dress() -> None:
        qapp.setStyleSheet(style_sheet(made.palette))

    dress()
    made.changed.connect(dress)
    yield made
    made.deleteLater()
    qapp.setStyleSheet("")
