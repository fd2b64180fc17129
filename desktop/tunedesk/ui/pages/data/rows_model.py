"""The rows of a dataset as a Qt table, drawn on demand: nothing is decoded before it is seen."""

from __future__ import annotations

from array import array
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tunedesk.core.edits import Edit, SetRow, SetSplit
from tunedesk.services.dataset_session import DatasetSession, RowState

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Column(IntEnum):
    NUMBER = 0
    STATUS = 1
    PROMPT = 2
    REPLY = 3
    TOKENS = 4
    SPLIT = 5


class RowsModel(QAbstractTableModel):
    """Shows all rows of the session, or those whose indices `show_only` names, in file order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: DatasetSession | None = None
        self._only: array[int] | None = None
        self._headings = {
            Column.NUMBER: "#",
            Column.STATUS: "",
            Column.PROMPT: self.tr("Prompt"),
            Column.REPLY: self.tr("Reply"),
            Column.TOKENS: self.tr("Tokens"),
            Column.SPLIT: self.tr("Split"),
        }
        self._status_words = {
            "ok": self.tr("valid"),
            "warning": self.tr("warning"),
            "error": self.tr("error"),
            "pending": self.tr("not checked yet"),
        }

    def set_session(self, session: DatasetSession | None) -> None:
        self.beginResetModel()
        self._session = session
        self._only = None
        self.endResetModel()

    def show_only(self, rows: array[int] | None) -> None:
        """Show these dataset rows (indices from 0, ascending), or all for None."""
        self.beginResetModel()
        self._only = rows
        self.endResetModel()

    def source_row(self, row: int) -> int:
        """Dataset index of the shown row `row`."""
        return row if self._only is None else self._only[row]

    def shown_row(self, source: int) -> int | None:
        """Where dataset row `source` is shown, or None when a filter hides it."""
        if self._only is None:
            return source if source < self.rowCount() else None
        try:
            return self._only.index(source)
        except ValueError:
            return None

    def edited(self, edit: Edit) -> None:
        """The session has applied `edit`: repaint one row, or all if rows came, went or moved."""
        if isinstance(edit, SetRow | SetSplit):
            shown = self.shown_row(edit.index)
            if shown is not None:
                self.dataChanged.emit(self.index(shown, 0), self.index(shown, len(Column) - 1))
            return
        self.beginResetModel()
        self.endResetModel()

    def refresh(self) -> None:
        """Repaint what is seen, after a check brought news."""
        if self.rowCount():
            last = self.index(self.rowCount() - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.isValid() or self._session is None:
            return 0
        return len(self._session) if self._only is None else len(self._only)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (Column.NUMBER, Column.TOKENS):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def state(self, row: int) -> RowState:
        assert self._session is not None
        return self._session.state(self.source_row(row))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._session is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), Column(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._text(index.row(), Column(index.column()))
            heading = self._headings[Column(index.column())]
            return f"{heading} {text}".strip()
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.SPLIT:
            return self.tr("Click or press T to change")
        return None

    def _text(self, row: int, column: Column) -> str:
        assert self._session is not None
        source = self.source_row(row)
        if column is Column.NUMBER:
            return str(source + 1)
        if column in (Column.PROMPT, Column.REPLY):
            summary = self._session.summary(source)
            return summary.prompt if column is Column.PROMPT else summary.reply
        state = self._session.state(source)
        if column is Column.STATUS:
            return self._status_words[state.status]
        if column is Column.TOKENS:
            return "" if state.tokens is None else f"{state.tokens:,}"
        return state.split
