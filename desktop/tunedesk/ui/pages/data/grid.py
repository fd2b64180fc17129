"""The table of rows, set up so that a million of them stay quick."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from tunedesk.core import many
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.columns import Column
from tunedesk.ui.pages.data.drag_table import DragTable
from tunedesk.ui.pages.data.grid_header import GridHeader
from tunedesk.ui.pages.data.row_delegate import ROW_HEIGHT, RowDelegate
from tunedesk.ui.pages.data.row_drag import ranges_of
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.named_keys import InnerKey

_FEW_CHOSEN = 10_000
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class RowsGrid(DragTable):
    """`row_chosen(dataset index)` when the current row changes, -1 for none.

    `split_asked` carries a dataset index; `key_asked(name)` a wish about the selected rows:
    "split", "aside", "seed", "tag", "remove"; `edit_asked` follows Enter;
    `menu_asked(global position)`. How rows are dragged is in DragTable.
    """

    row_chosen = Signal(int)
    rows_chosen = Signal()
    split_asked = Signal(int)
    key_asked = Signal(str)
    edit_asked = Signal()
    menu_asked = Signal(object)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, memory: Memory | None = None
    ) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(self.tr("Rows of the dataset"))
        self.columns = GridHeader(memory or Memory(), self)
        self.setHorizontalHeader(self.columns)
        self.setModel(self.rows)
        self.delegate = RowDelegate(theme, self.rows, self)
        self.setItemDelegate(self.delegate)
        self._set_up_view()
        self._set_up_headers()
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.selectionModel().selectionChanged.connect(lambda *_: self.rows_chosen.emit())
        self.clicked.connect(self._clicked)
        theme.changed.connect(self.viewport().update)

    def _set_up_view(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)

    def _set_up_headers(self) -> None:
        down = self.verticalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(ROW_HEIGHT)
        # Headers ask the view's selection about every row (8 s at Ctrl+A on a million rows);
        # with a selection model of their own they ask about nothing.
        for header in (down, self.columns):
            header.setSelectionModel(QItemSelectionModel(self.rows, header))
        self.columns.set_up()

    # -- what is chosen ----------------------------------------------------------------------

    def choose(self, source: int, *, in_context: bool = False) -> None:
        """Select dataset row `source` and bring it into view, if it is shown; `in_context` with
        rows above and below it, where it was out of view."""
        shown = self.rows.shown_row(source)
        if shown is not None and self.rows.rowCount():
            index = self.rows.index(shown, Column.PROMPT)
            # Not the view's own way: that looks at the keys that are held, as Ctrl in Ctrl+Enter.
            flags = QItemSelectionModel.SelectionFlag
            is_far = not self.viewport().rect().contains(self.visualRect(index).center())
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            hints = QAbstractItemView.ScrollHint
            middle = in_context and is_far
            self.scrollTo(index, hints.PositionAtCenter if middle else hints.EnsureVisible)

    def choose_all_of(self, first: int, count: int) -> None:
        """Select `count` rows from dataset row `first` on, where they are shown together."""
        top = self.rows.shown_row(first)
        if top is None or count < 1:
            return
        last = min(top + count, self.rows.rowCount()) - 1
        block = QItemSelection(
            self.rows.index(top, 0), self.rows.index(last, self.rows.columnCount() - 1)
        )
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self.rows.index(top, Column.PROMPT), flags.NoUpdate)
        self.selectionModel().select(block, flags.ClearAndSelect)

    def choose_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Select dataset rows, both ends included; the current row stays the current one."""
        if not self.rows.is_whole:
            rows = {row for first, last in ranges for row in range(first, last + 1)}
            ranges = ranges_of(self.rows.shown_rows(rows))
        chosen, last_column = QItemSelection(), self.rows.columnCount() - 1
        for top, bottom in ranges:
            chosen.select(self.rows.index(top, 0), self.rows.index(bottom, last_column))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def chosen(self) -> int:
        """Dataset index of the current row, -1 for none."""
        index = self.currentIndex()
        return self.rows.source_row(index.row()) if index.isValid() else -1

    def n_chosen(self) -> int:
        """How many rows are selected."""
        return sum(bottom - top + 1 for top, bottom in self._blocks())

    def chosen_rows(self) -> list[int]:
        """Dataset indices of all selected rows, ascending."""
        rows = self.rows
        blocks = (rows.source_rows(top, bottom + 1) for top, bottom in self._blocks())
        chosen = list(chain.from_iterable(blocks))
        return chosen if rows.is_whole else sorted(chosen)

    def chosen_column(self) -> Sequence[int]:
        """As `chosen_rows`, of very many as a column, which is made in a few milliseconds."""
        if not self.rows.is_whole or self.n_chosen() <= _FEW_CHOSEN:
            return self.chosen_rows()
        column = array("i")
        for top, bottom in self._blocks():
            column += many.counted(bottom + 1)[top:]
        return column

    def chosen_ranges(self) -> tuple[tuple[int, int], ...]:
        """As `chosen_rows`, as ranges with both ends included; quick for any number of rows."""
        return tuple(self._blocks()) if self.rows.is_whole else ranges_of(self.chosen_rows())

    def _blocks(self) -> list[tuple[int, int]]:
        """Shown rows that are selected, as ranges; an index a row would take seconds of many."""
        chosen = self.selectionModel().selection()
        ranges = (chosen.at(i) for i in range(chosen.count()))
        blocks = sorted((r.top(), r.bottom()) for r in ranges)
        merged: list[tuple[int, int]] = []
        for top, bottom in blocks:
            if merged and top <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(bottom, merged[-1][1]))
            else:
                merged.append((top, bottom))
        return merged

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_chosen.emit(self.rows.source_row(current.row()) if current.isValid() else -1)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.SPLIT and self.n_chosen() == 1:
            self.split_asked.emit(self.rows.source_row(index.row()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the rows get less room, the current one stays in view."""
        super().resizeEvent(event)
        current = self.visualRect(self.currentIndex())
        was_in_view = current.top() >= 0 and current.bottom() <= event.oldSize().height()
        if was_in_view and current.bottom() > event.size().height():
            self.scrollTo(self.currentIndex())

    # -- keys and menu -----------------------------------------------------------------------

    def inner_keys(self) -> list[InnerKey]:
        return [
            InnerKey("Enter", self.tr("Edit the row"), self.edit_asked.emit),
            InnerKey("Home", self.tr("To the first row")),
            InnerKey("End", self.tr("To the last row")),
            InnerKey("Esc", self.tr("Select the current row alone")),
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wish = _KEYS.get(Qt.Key(event.key())) if event.modifiers() in _PLAIN else None
        if self.chosen() >= 0 and wish is not None:
            self.key_asked.emit(wish)
        elif self.chosen() >= 0 and event.key() in _ENTER:
            self.edit_asked.emit()
        elif event.key() == Qt.Key.Key_Escape and self.n_chosen() > 1:
            self.choose(self.chosen())
        else:
            super().keyPressEvent(event)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last row, with Ctrl and without."""
        actions = QAbstractItemView.CursorAction
        if action in (actions.MoveHome, actions.MoveEnd) and self.rows.rowCount():
            row = 0 if action is actions.MoveHome else self.rows.rowCount() - 1
            index = self.rows.index(row, max(self.currentIndex().column(), 0))
            self.scrollTo(index)  # also where it is the current one already
            return index
        return super().moveCursor(action, modifiers)

    def keyboardSearch(self, search: str) -> None:
        """Letters are for the keys above; Qt's own search would read every row."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.visualRect(self.currentIndex()).bottomLeft() + QPoint(60, 0)
            self.menu_asked.emit(self.viewport().mapToGlobal(place))
        else:
            self.menu_asked.emit(event.globalPos())


_KEYS = {
    Qt.Key.Key_T: "split",
    Qt.Key.Key_A: "aside",
    Qt.Key.Key_U: "seed",
    Qt.Key.Key_G: "tag",
    Qt.Key.Key_Delete: "remove",
}
