"""Edits that take long are made ready beside the window first, with how far that is and Cancel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import Edit, SetSplitRule
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.find_run import Progress
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.notice import Notice

T = TypeVar("T")

_UNSAID_MS = 300  # what is done by then needs no word


class Patience(QObject):
    """Tells in `notice`. One edit at a time is waited for: another long one is refused with a word,
    but for another seed, which takes the place of the one before."""

    def __init__(
        self,
        notice: Notice,
        operations: Operations,
        parent: QWidget,
        session: Callable[[], DatasetSession | None],
    ) -> None:
        """`session()` is the one that is shown."""
        super().__init__(parent)
        self._notice, self._operations, self._session = notice, operations, session
        self._task: asyncio.Task[None] | None = None
        self._words, self._percent, self._is_seed, self._is_said = "", -1, False, False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._begin)

    def when_ready(self, edit: Edit, act: Callable[[], object]) -> None:
        """Call `act` now if the edit is quick, else when it is; not if rows change meanwhile."""
        session = self._session()
        if session is None:
            return
        if not session.readiness.is_wanted(edit):
            act()
        elif self.may_begin(isinstance(edit, SetSplitRule)):
            is_long = session.readiness.is_to_reach(edit)
            self._words = self._words_of(edit, is_long=is_long)

            def reached() -> AbstractAsyncContextManager[None]:
                return session.readiness.reached(edit, self._show)

            self._start(session, reached, act, is_long=is_long)

    def apart(self, work: Callable[[Progress], T], done: Callable[[T], object]) -> None:
        """Call `work(tell)` in a thread, and `done` with what comes of it; not if rows change
        meanwhile."""
        session = self._session()
        if session is None or not self.may_begin():
            return
        self._words = self.tr("The rows are looked at first: {percent} %")
        made: list[T] = []

        @asynccontextmanager
        async def worked() -> AsyncIterator[None]:
            made.append(await session.in_thread(work, self._show))
            yield

        self._start(session, worked, lambda: done(made[0]))

    def may_begin(self, is_seed: bool = False) -> bool:
        """Whether no other edit is waited for; else that is said."""
        is_waiting = self._task is not None and not self._task.done()
        if is_waiting and not (is_seed and self._is_seed):
            self._begin()
            self._words = _and_wait(self.tr("Wait for this or cancel it, then go on."), self._words)
            self._notice.reword(self._words.format(percent=max(self._percent, 0)))
            return False
        self.cancel()
        self._is_seed = is_seed
        return True

    def cancel(self) -> None:
        """What is waiting is not done."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _start(
        self,
        session: DatasetSession,
        reached: Callable[[], AbstractAsyncContextManager[None]],
        act: Callable[[], object],
        *,
        is_long: bool = False,
    ) -> None:
        version = session.version

        async def work() -> None:
            async with reached():
                if asyncio.current_task() is not self._task:
                    return
                self._end()
                if session.version == version:
                    act()
                else:
                    words = self.tr("The rows have changed meanwhile, so this was not done.")
                    self._say(words)

        self._percent, self._is_said = 0, False
        self._task = self._operations.run(work(), owner=self, failed=self._failed)
        self._soon.start(_UNSAID_MS)
        if is_long:
            self._begin()

    def _words_of(self, edit: Edit, *, is_long: bool) -> str:
        if isinstance(edit, SetSplitRule):
            return self.tr("The rows are split with the other seed: {percent} %")
        if is_long:
            return self.tr("The rows are looked at first: {percent} %")
        return self.tr("Many rows are edited: {percent} %")

    def _begin(self) -> None:
        self._soon.stop()
        if not self._is_said and self._task is not None:
            self._is_said = True
            words = self._words.format(percent=self._percent)
            self._notice.tell(words, (self.tr("Cancel"), self.cancel), kind="info")

    def _show(self, n_done: int, n_all: int) -> None:
        percent = 100 * n_done // max(n_all, 1)
        if self._task is not None and percent != self._percent:
            self._percent = percent
            if self._is_said:
                self._notice.reword(self._words.format(percent=percent))

    def _end(self) -> None:
        self._task = None
        self._soon.stop()
        if self._is_said:
            self._notice.hide()

    def _failed(self, error: TunedeskError) -> None:
        self._end()
        self._say(f"{error.title} {error.what} {error.next_step}")

    def _say(self, text: str) -> None:
        self._notice.tell(text, (self.tr("Close"), self._notice.hide), kind="info")


def _and_wait(words: str, before: str) -> str:
    return before if words in before else f"{before} {words}"
