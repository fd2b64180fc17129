"""The line above the rows: a click sorts, a drag resizes, a menu hides; widths are remembered."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.columns import SORTED_BY, WIDTHS, Column, spoken

_SAVE_AFTER_MS = 400
_NEVER_HIDDEN = (Column.NUMBER, Column.PROMPT)
_TEXTS = (Column.PROMPT, Column.REPLY, Column.REJECTED)
_LEAST_TEXT = 110
_NUMBER_MARGINS = 22
_MENU_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down)


class GridHeader(QHeaderView):
    """`sort_asked(column or None, is_descending)`; `keep_order_asked()` from its menu."""

    sort_asked = Signal(object, bool)
    keep_order_asked = Signal()

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._memory = memory
        self._sorted: Column | None = None
        self._is_descending = False
        self._is_preference, self._has_tags = False, False
        self._by_hand: set[Column] = set()
        self._is_fitting = False
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVE_AFTER_MS)
        self._saving.timeout.connect(self._save)
        self.setAccessibleName(self.tr("Columns"))
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(30)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus with the rows
        self.sectionClicked.connect(self._clicked)
        self.sectionResized.connect(self._resized)

    def set_up(self) -> None:
        """Once the model is there: widths as they were left, or as they are at first."""
        kept = self._numbers("columns.widths")
        self._is_fitting = True
        for column in Column:
            self.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            width = kept.get(str(int(column)), WIDTHS.get(column, 220))
            self.resizeSection(column, max(30, min(width, 2_000)))
        self.setSectionResizeMode(Column.REPLY, QHeaderView.ResizeMode.Stretch)
        self._is_fitting = False
        self._show_wanted()

    def show_kind(self, *, is_preference: bool, has_tags: bool) -> None:
        """Which columns the dataset has at all."""
        if (is_preference, has_tags) != (self._is_preference, self._has_tags):
            self._is_preference, self._has_tags = is_preference, has_tags
            self._show_wanted()

    def make_room_for(self, n_rows: int) -> None:
        """The numbers of so many rows are not cut, unless a hand has given them their width."""
        kept = self._numbers("columns.widths")
        if str(int(Column.NUMBER)) in kept or Column.NUMBER in self._by_hand:
            return
        digits = self.fontMetrics().horizontalAdvance("0" * len(str(n_rows)))
        width = max(WIDTHS[Column.NUMBER], digits + _NUMBER_MARGINS)
        if width != self.sectionSize(Column.NUMBER):
            self._is_fitting = True
            self.resizeSection(Column.NUMBER, width)
            self._fit()

    @property
    def sorting(self) -> tuple[Column | None, bool]:
        """The column that sorts, None for the file's order, and whether it descends."""
        return self._sorted, self._is_descending

    def sort(self, column: Column | None, is_descending: bool = False) -> None:
        """Show what sorts, and ask for it."""
        self._sorted, self._is_descending = column, is_descending
        self.setSortIndicatorShown(column is not None)
        if column is not None:
            down = Qt.SortOrder.DescendingOrder
            self.setSortIndicator(column, down if is_descending else Qt.SortOrder.AscendingOrder)
        self.sort_asked.emit(column, is_descending)

    def menu(self) -> QMenu:
        """Sorting, keeping the order, and which columns are shown; each by keyboard, too."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_sorting(made)
        made.addSeparator()
        for column in Column:
            if self._exists(column):
                self._add_column(made, column)
        reset = made.addAction(self.tr("Columns as at first"))
        reset.triggered.connect(self._reset)
        return made

    def _add_sorting(self, menu: QMenu) -> None:
        for column in SORTED_BY:
            name = spoken(column, is_preference=self._is_preference)
            sub = menu.addMenu(self.tr("Sort by {column}").format(column=name))
            for words, down in ((self.tr("Ascending"), False), (self.tr("Descending"), True)):
                act = sub.addAction(words)
                act.setCheckable(True)
                act.setChecked((column, down) == self.sorting)
                act.triggered.connect(partial(self.sort, column, down))
        none = menu.addAction(self.tr("As in the file"))
        none.setEnabled(self._sorted is not None)
        none.triggered.connect(lambda: self.sort(None))
        keep = menu.addAction(self.tr("Keep this order"))
        keep.setEnabled(self._sorted is not None)
        keep.triggered.connect(self.keep_order_asked)

    def _add_column(self, menu: QMenu, column: Column) -> None:
        act: QAction = menu.addAction(spoken(column, is_preference=self._is_preference))
        act.setCheckable(True)
        act.setChecked(not self.isSectionHidden(column))
        act.setEnabled(column not in _NEVER_HIDDEN)
        act.toggled.connect(partial(self._set_shown, column))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MENU_KEYS:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def open_menu(self) -> None:
        """The same menu without a mouse."""
        self.menu().popup(self.mapToGlobal(QPoint(40, self.height())))

    def _clicked(self, section: int) -> None:
        column = Column(section)
        if column not in SORTED_BY:
            self.sort(None)
        elif column is not self._sorted:
            self.sort(column)
        elif not self._is_descending:
            self.sort(column, True)
        else:
            self.sort(None)

    def _exists(self, column: Column) -> bool:
        if column is Column.REJECTED:
            return self._is_preference
        return self._has_tags if column is Column.TAGS else True

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """The texts share the room, unless a hand has given one of them its width."""
        kept = self._numbers("columns.widths")
        texts = [c for c in _TEXTS if not self.isSectionHidden(c)]
        others = [c for c in Column if c not in texts and not self.isSectionHidden(c)]
        room = self.viewport().width() - sum(map(self.sectionSize, others))
        self._is_fitting = True
        for column in texts:
            is_set = str(int(column)) in kept or column in self._by_hand
            if column is not Column.REPLY and not is_set:
                self.resizeSection(column, max(_LEAST_TEXT, room // len(texts)))
        self._is_fitting = False

    def _show_wanted(self) -> None:
        hidden = self._numbers("columns.hidden")
        for column in Column:
            wanted = self._exists(column) and not hidden.get(str(int(column)))
            self.setSectionHidden(column, not wanted)
        self._fit()

    def _set_shown(self, column: Column, is_shown: bool) -> None:
        hidden = self._numbers("columns.hidden")
        hidden[str(int(column))] = int(not is_shown)
        self._keep("columns.hidden", hidden)
        self._show_wanted()

    def _reset(self) -> None:
        self._keep("columns.hidden", {})
        self._keep("columns.widths", {})
        self.set_up()

    def _resized(self, section: int, _before: int, _now: int) -> None:
        is_ours = self.sectionResizeMode(section) == QHeaderView.ResizeMode.Interactive
        if is_ours and not self._is_fitting and not self.isSectionHidden(section):
            self._by_hand.add(Column(section))
            self._saving.start()

    def _save(self) -> None:
        kept = self._numbers("columns.widths")
        for column in self._by_hand:
            if not self.isSectionHidden(column):
                kept[str(int(column))] = self.sectionSize(column)
        self._by_hand.clear()
        self._keep("columns.widths", kept)

    def _numbers(self, name: str) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._memory.get(name) or "{}", type=dict[str, int])
        except msgspec.DecodeError:  # somebody else wrote into the settings
            return {}

    def _keep(self, name: str, numbers: dict[str, int]) -> None:
        self._memory.set(name, msgspec.json.encode(numbers).decode())
