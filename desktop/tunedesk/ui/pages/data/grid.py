"""The table of rows, set up so that a million of them stay quick."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from tunedesk.ui.pages.data.row_delegate import ROW_HEIGHT, RowDelegate
from tunedesk.ui.pages.data.rows_model import Column, RowsModel
from tunedesk.ui.theme import Theme

_WIDTHS = {Column.NUMBER: 54, Column.STATUS: 34, Column.TOKENS: 74, Column.SPLIT: 78}


class RowsGrid(QTableView):
    """`row_chosen(dataset index)` when the current row changes, -1 for none.

    `split_asked` and `remove_asked` carry a dataset index; `edit_asked` follows Enter.
    """

    row_chosen = Signal(int)
    split_asked = Signal(int)
    remove_asked = Signal(int)
    edit_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Rows of the dataset"))
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(RowDelegate(theme, self.rows, self))
        self._set_up_view()
        self._set_up_headers()
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.clicked.connect(self._clicked)
        theme.changed.connect(self.viewport().update)

    def _set_up_view(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)

    def _set_up_headers(self) -> None:
        down, across = self.verticalHeader(), self.horizontalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(ROW_HEIGHT)
        across.setHighlightSections(False)
        across.setMinimumSectionSize(30)
        for column, width in _WIDTHS.items():
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        across.setSectionResizeMode(Column.PROMPT, QHeaderView.ResizeMode.Stretch)
        across.setSectionResizeMode(Column.REPLY, QHeaderView.ResizeMode.Stretch)
        # Headers ask the view's selection about every row (8 s at Ctrl+A on a million rows);
        # with a selection model of their own they ask about nothing.
        for header in (down, across):
            header.setSelectionModel(QItemSelectionModel(self.rows, header))

    def choose(self, source: int) -> None:
        """Select dataset row `source` and bring it into view, if it is shown."""
        shown = self.rows.shown_row(source)
        if shown is not None and self.rows.rowCount():
            index = self.rows.index(shown, Column.PROMPT)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def chosen(self) -> int:
        """Dataset index of the current row, -1 for none."""
        index = self.currentIndex()
        return self.rows.source_row(index.row()) if index.isValid() else -1

    def chosen_rows(self) -> list[int]:
        """Dataset indices of all selected rows, ascending."""
        return sorted(self.rows.source_row(i.row()) for i in self.selectionModel().selectedRows())

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_chosen.emit(self.rows.source_row(current.row()) if current.isValid() else -1)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.SPLIT:
            self.split_asked.emit(self.rows.source_row(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = self.chosen()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if chosen >= 0 and plain and event.key() == Qt.Key.Key_T:
            self.split_asked.emit(chosen)
        elif chosen >= 0 and plain and event.key() == Qt.Key.Key_Delete:
            self.remove_asked.emit(chosen)
        elif chosen >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_asked.emit()
        else:
            super().keyPressEvent(event)
