"""Rows on their way from the open dataset to another, and back when that is undone."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from tunedesk.core.edits import DeleteRows, InsertRows
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import DatasetInfo
from tunedesk.services.project.shelf import Sent
from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.few_words import rows_words


class _Moved:
    """Rows that went to another dataset, and whether they are there at the moment."""

    def __init__(self, sent: Sent, words: str) -> None:
        self.sent, self.words = sent, words
        self.is_there = True
        self.turn = asyncio.Lock()


class RowMoves(QObject):
    """One step each that can be undone; `refresh()` follows every change of a dataset."""

    def __init__(
        self, context: FileContext, refresh: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context, self._refresh = context, refresh

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        self._context.operations.run(work, owner=self)

    async def move(self, session: DatasetSession, rows: list[int], to: DatasetInfo) -> None:
        """Into the other file first: at no moment is a row in neither."""
        version = session.version
        sent = await self._context.shelf.send(to, [session.row(i) for i in rows])
        words = self.tr("move {rows} to {name}")
        words = words.format(rows=rows_words(len(rows)), name=to.name)
        if session.version == version and session is self._context.current.session:
            move = _Moved(sent, words)
            self._context.page.push(
                words,
                DeleteRows(array("i", rows)),
                lambda is_undone: self._run(self._turned(move, is_undone)),
            )
        self._refresh()
        self._say_moved(session, sent)

    async def _turned(self, move: _Moved, is_undone: bool) -> None:
        """The other dataset follows an undo or redo of the move."""
        async with move.turn:
            if not is_undone:
                await self._send_again(move)
            elif not await self._context.shelf.take_back(move.sent):
                words = self.tr("{name} was edited since; the rows are there, too.")
                self._context.say(words.format(name=move.sent.to.name), kind="warning")
            else:
                move.is_there = False
        self._refresh()

    async def _send_again(self, move: _Moved) -> None:
        if move.is_there:
            return
        try:
            move.sent = await self._context.shelf.send(move.sent.to, move.sent.rows)
            move.is_there = True
        except TunedeskError:
            undo = self._context.page.undo
            if undo.undoText() == move.words:  # nothing was done meanwhile: the rows stay here
                undo.undo()
            raise

    def _say_moved(self, session: DatasetSession, sent: Sent) -> None:
        words = self.tr("{rows} moved to {name}.")
        said = words.format(rows=rows_words(len(sent.rows)), name=sent.to.name)
        version = session.version
        undo = (self.tr("Undo"), lambda: self._run(self._move_back(session, sent, version)))
        self._context.say(said, undo)

    async def _move_back(self, session: DatasetSession, sent: Sent, version: int) -> None:
        context = self._context
        if session is not context.current.session:
            context.say(self.tr("Another dataset is open now; open that one and move them back."))
        elif session.version == version:
            context.page.undo.undo()  # which takes them out there
        elif not await context.shelf.take_back(sent):
            words = self.tr("{name} was edited since; the rows stay there.")
            context.say(words.format(name=sent.to.name), kind="warning")
        else:
            at = len(session)
            edit = InsertRows(tuple((at + i, raw, None) for i, raw in enumerate(sent.rows)))
            context.push(self.tr("move rows back"), edit)
        self._refresh()
