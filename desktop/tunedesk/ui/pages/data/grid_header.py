"""The line above the rows: a click sorts, a drag moves or resizes, a menu hides.

Widths, order and what is hidden are remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QStyleOptionHeader, QWidget

from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.columns import SORTED_BY, WIDTHS, Column, spoken
from tunedesk.ui.widgets.named_keys import InnerKey

_SAVE_AFTER_MS = 400
_NEVER_HIDDEN = (Column.NUMBER, Column.PROMPT)
_TEXTS = (Column.PROMPT, Column.REPLY, Column.REJECTED)
_LEAST_TEXT = 70
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
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)  # the number stays where a row begins
        self.setHighlightSections(False)
        self.setMinimumSectionSize(30)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus with the rows
        self.sectionClicked.connect(self._clicked)
        self.sectionResized.connect(self._resized)
        self.sectionMoved.connect(self._moved)

    def set_up(self) -> None:
        """Once the model is there: widths and order as they were left, or as they are at first."""
        kept = self._numbers("columns.widths")
        self._is_fitting = True
        for column in Column:
            self.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            width = kept.get(str(int(column)), WIDTHS.get(column, 220))
            self.resizeSection(column, max(30, min(width, 2_000)))
        self.setSectionResizeMode(Column.REPLY, QHeaderView.ResizeMode.Stretch)
        self._put_in_order(self._kept_order())
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
        self.viewport().update()
        self.sort_asked.emit(column, is_descending)

    def move_column(self, column: Column, step: int) -> None:
        """What dragging its head does: past the next shown column to the left (-1) or right (1)."""
        shown = self._shown_in_order()
        place = shown.index(column) + step
        if 1 <= place < len(shown):
            self.moveSection(self.visualIndex(column), self.visualIndex(shown[place]))

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        """An arrow behind the name: Qt's own is drawn over its last letter."""
        super().initStyleOptionForIndex(option, section)
        if section == self._sorted:
            arrow = "↓" if self._is_descending else "↑"
            option.text = f"{option.text} {arrow}".strip()

    def menu(self) -> QMenu:
        """Sorting, keeping the order, which columns are shown and where; all by keyboard, too."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_sorting(made)
        made.addSeparator()
        for column in Column:
            if self._exists(column):
                self._add_column(made, column)
        self._add_moving(made.addMenu(self.tr("Move a column")))
        reset = made.addAction(self.tr("Columns as at first"))
        reset.triggered.connect(self._reset)
        return made

    def offered_menu(self) -> QMenu:
        return self.menu()

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

    def _add_moving(self, menu: QMenu) -> None:
        shown = self._shown_in_order()
        for place, column in enumerate(shown[1:], start=1):
            sub = menu.addMenu(spoken(column, is_preference=self._is_preference))
            for words, step in ((self.tr("To the left"), -1), (self.tr("To the right"), 1)):
                act = sub.addAction(words)
                act.setEnabled(1 <= place + step < len(shown))
                act.triggered.connect(partial(self.move_column, column, step))

    def inner_keys(self) -> list[InnerKey]:
        return [InnerKey("Space", self.tr("Menu of the columns"), self.open_menu)]

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
        before_reply = sum(self.sectionSize(c) for c in texts if c is not Column.REPLY)
        self._give_reply(room - before_reply)
        self._is_fitting = False

    def _give_reply(self, room: int) -> None:
        """The rest, but never so little that nothing of it can be read."""
        if self.count() <= Column.REPLY:
            return
        modes = QHeaderView.ResizeMode
        is_short = room < _LEAST_TEXT
        self.setSectionResizeMode(Column.REPLY, modes.Fixed if is_short else modes.Stretch)
        if is_short:
            self.resizeSection(Column.REPLY, _LEAST_TEXT)

    def _show_wanted(self) -> None:
        hidden = self._numbers("columns.hidden")
        for column in Column:
            wanted = self._exists(column) and not hidden.get(str(int(column)))
            self.setSectionHidden(column, not wanted)
        self._fit()

    def _set_shown(self, column: Column, is_shown: bool) -> None:
        hidden = self._numbers("columns.hidden")
        hidden[str(int(column))] = int(not is_shown)
        self._memory.keep("columns.hidden", hidden)
        self._show_wanted()

    def _reset(self) -> None:
        self._memory.keep("columns.hidden", {})
        self._memory.keep("columns.widths", {})
        self._memory.keep("columns.order", list(Column))
        self.set_up()

    def _shown_in_order(self) -> list[Column]:
        order = (Column(self.logicalIndex(place)) for place in range(self.count()))
        return [column for column in order if not self.isSectionHidden(column)]

    def _kept_order(self) -> Sequence[int]:
        kept = self._memory.value("columns.order", list[int]) or []
        is_whole = sorted(kept) == list(Column) and kept[0] == Column.NUMBER
        return kept if is_whole else list(Column)

    def _put_in_order(self, order: Sequence[int]) -> None:
        for place, column in enumerate(order):
            self.moveSection(self.visualIndex(column), place)

    def _moved(self, _section: int, _before: int, _now: int) -> None:
        if not self._is_fitting:
            order = [self.logicalIndex(place) for place in range(self.count())]
            self._memory.keep("columns.order", order)

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
        self._memory.keep("columns.widths", kept)

    def _numbers(self, name: str) -> dict[str, int]:
        return self._memory.value(name, dict[str, int]) or {}
