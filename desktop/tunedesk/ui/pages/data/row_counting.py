"""Asks for a row's tokens and for what it teaches; an answer about another row is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.row_help import RowHelp, RowLesson
from tunedesk.ui.operations import Operations

_PAUSE_MS = 60  # keys repeat each 30 to 40 ms: holding one asks for the row it stops at


class RowCounting(QObject):
    """`counted(list)`, `lesson_told(RowLesson)` or `lesson_failed(words)`."""

    counted = Signal(object)
    lesson_told = Signal(object)
    lesson_failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._help: RowHelp | None = None
        self._operations: Operations | None = None
        self._texts: tuple[str, ...] = ()
        self._counting: asyncio.Task[Any] | None = None
        self._learning: asyncio.Task[Any] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._count_now)

    def serve(self, help_: RowHelp, operations: Operations) -> None:
        self._help, self._operations = help_, operations

    def count(self, texts: Sequence[str]) -> None:
        """Have each text counted, soon."""
        if tuple(texts) != self._texts:
            self._texts = tuple(texts)
            self._drop(self._counting)
            self._pause.start()

    def learn(self, raw: bytes) -> None:
        """Have it said what the row teaches."""
        self._drop(self._learning)
        if self._help is None or self._operations is None:
            self.lesson_failed.emit(self.tr("Nobody can be asked what is learned."))
            return
        self.lesson_failed.emit(self.tr("Reading the row…"))
        self._learning = self._operations.run(
            self._help.lesson(raw), owner=self, done=self._told, failed=self._failed
        )

    def forget(self) -> None:
        """No row is shown any more."""
        self._pause.stop()
        self._texts = ()
        self._drop(self._counting)
        self._drop(self._learning)

    def _count_now(self) -> None:
        if self._help is None or self._operations is None:
            return
        texts = self._texts

        def told(counts: list[int]) -> None:
            if texts == self._texts:
                self.counted.emit(counts)

        self._counting = self._operations.run(
            self._help.count(texts), owner=self, done=told, failed=lambda _error: None
        )

    def _told(self, lesson: RowLesson) -> None:
        self.lesson_told.emit(lesson)

    def _failed(self, error: TunedeskError) -> None:
        self.lesson_failed.emit(f"{error.title} {error.what}")

    def _drop(self, task: asyncio.Task[Any] | None) -> None:
        if task is not None:
            task.cancel()
