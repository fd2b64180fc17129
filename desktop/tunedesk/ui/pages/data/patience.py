"""Edits that take long are made ready beside the window first, with how far that is and Cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import Edit, SetSplitRule
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.notice import Notice


class Patience(QObject):
    """Tells in `notice`; a newer wish ends the one that is waiting."""

    def __init__(self, notice: Notice, operations: Operations, parent: QWidget) -> None:
        super().__init__(parent)
        self._notice, self._operations = notice, operations
        self._task: asyncio.Task[None] | None = None
        self._words, self._percent = "", -1

    def when_ready(self, session: DatasetSession, edit: Edit, act: Callable[[], object]) -> None:
        """Call `act` now if the edit is quick, else when it is; not if rows change meanwhile."""
        if not session.readiness.is_wanted(edit):
            act()
            return
        self.cancel()
        version = session.version

        def done(_: None) -> None:
            self._end()
            if session.version == version:
                act()
            else:
                self._say(self.tr("The rows have changed meanwhile, so this was not done."))

        self._begin(edit)
        work = session.readiness.reach(edit, self._show)
        self._task = self._operations.run(work, owner=self, done=done, failed=self._failed)

    def cancel(self) -> None:
        """What is waiting is not done."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _begin(self, edit: Edit) -> None:
        is_split = isinstance(edit, SetSplitRule)
        self._words = (
            self.tr("The rows are split with the other seed: {percent} %")
            if is_split
            else self.tr("The rows are looked at first: {percent} %")
        )
        self._percent = 0
        self._notice.tell(
            self._words.format(percent=0), (self.tr("Cancel"), self.cancel), kind="info"
        )

    def _show(self, n_done: int, n_all: int) -> None:
        percent = 100 * n_done // max(n_all, 1)
        if self._task is not None and percent != self._percent:
            self._percent = percent
            self._notice.reword(self._words.format(percent=percent))

    def _end(self) -> None:
        self._task = None
        self._notice.hide()

    def _failed(self, error: TunedeskError) -> None:
        self._task = None
        self._say(f"{error.title} {error.what} {error.next_step}")

    def _say(self, text: str) -> None:
        self._notice.tell(text, (self.tr("Close"), self._notice.hide), kind="info")
