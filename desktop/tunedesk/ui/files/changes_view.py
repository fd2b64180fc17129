"""Rows that differ, one line each, and the chosen one before and after with its words marked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from tunedesk.core.edits import RowChange
from tunedesk.core.rows import summarise
from tunedesk.services.work.background import Background
from tunedesk.ui.files.row_text import Compared, compared
from tunedesk.ui.files.sample_table import plain_table, put_row
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.text_marks import Mark, TextMarks
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

_MAX_LISTED = 1_000


class ChangesView(QWidget):
    """Arrow keys go through the list; the comparison is made off the GUI thread."""

    def __init__(
        self,
        background: Background,
        operations: Operations,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._background, self._operations = background, operations
        self._changes: list[RowChange] = []
        self._comparing: asyncio.Task[Compared] | None = None
        name = self.tr("Rows that differ")
        self.list = plain_table(name, (self.tr("Row"), self.tr("What"), self.tr("Prompt")))
        self.list.setColumnWidth(0, 60)
        self.list.setColumnWidth(1, 90)
        self.before, left = self._pane(self.tr("Before"), theme)
        self.after, right = self._pane(self.tr("After"), theme)
        self._marks = (
            TextMarks(self.before.document(), theme),
            TextMarks(self.after.document(), theme),
        )
        panes = QSplitter(Qt.Orientation.Horizontal)
        panes.addWidget(left)
        panes.addWidget(right)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(panes)
        split.setSizes([200, 260])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self.list.currentCellChanged.connect(lambda at, *_: self._show(at))

    def _pane(self, name: str, theme: Theme) -> tuple[QPlainTextEdit, QWidget]:
        box = PlainEdit()
        box.setReadOnly(True)
        box.setAccessibleName(name)
        box.setTabChangesFocus(True)
        holder = QWidget()
        holder.setLayout(column(PlainLabel(name, "second"), box, spacing=4))
        return box, holder

    def show_changes(self, changes: Sequence[RowChange]) -> None:
        """Replace the list, and show the first of it."""
        self._changes = list(changes[:_MAX_LISTED])
        self.list.setRowCount(0)
        for change in self._changes:
            raw = change.after if change.after is not None else change.before
            number = "" if change.index is None else f"{change.index + 1:,}"
            put_row(self.list, (number, self._what(change), summarise(raw or b"").prompt))
        if self._changes:
            self.list.setCurrentCell(0, 0)

    def _what(self, change: RowChange) -> str:
        if change.before is None:
            return self.tr("new")
        return self.tr("removed") if change.after is None else self.tr("changed")

    def _show(self, at: int) -> None:
        if self._comparing is not None:
            self._comparing.cancel()
        if 0 <= at < len(self._changes):
            work = self._background.run(compared, self._changes[at])
            self._comparing = self._operations.run(work, owner=self, done=self._show_texts)

    def _show_texts(self, seen: Compared) -> None:
        self.before.setPlainText(seen.before)
        self.after.setPlainText(seen.after)
        for marks, ranges, look, text in (
            (self._marks[0], seen.only_before, "removed", seen.before),
            (self._marks[1], seen.only_after, "added", seen.after),
        ):
            marks.show_marks([Mark(start, end, look) for start, end in ranges], text)
