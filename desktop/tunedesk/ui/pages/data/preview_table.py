"""Changes before they are made: row, before → after with the difference marked, and a tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tunedesk.ui.pages.data.unseen_marks import visible_text
from tunedesk.ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_TICK, _ROW, _BEFORE, _AFTER = range(4)
_CONTEXT = 24
_MOST_CHARS = 300
_LINE_HEIGHT = 28
_BREAKS = str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥"})


class PreviewLine(NamedTuple):
    """One change; `source` is the dataset row, `after` None where the row goes."""

    source: int
    before: str
    after: str


class Parts(NamedTuple):
    """A text around what is different in it."""

    left: str
    middle: str
    right: str


def compared(before: str, after: str) -> tuple[Parts, Parts]:
    """What differs, with a little of what stands around it; one line each."""
    start = 0
    most = min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return _parts(before, start, end), _parts(after, start, end)


def _parts(text: str, start: int, end: int) -> Parts:
    stop = len(text) - end
    left = ("…" if start > _CONTEXT else "") + text[max(0, start - _CONTEXT) : start]
    middle = text[start:stop]
    if len(middle) > _MOST_CHARS:
        middle = middle[:_MOST_CHARS] + "…"
    found = Parts(left, middle, text[stop : stop + 2 * _CONTEXT])
    return Parts(*(visible_text(part.translate(_BREAKS)) for part in found))


class PreviewModel(QAbstractTableModel):
    """All lines are ticked at first. `ticked_changed()`."""

    ticked_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: Sequence[PreviewLine] = ()
        self._without: set[int] = set()

    def show_lines(self, lines: Sequence[PreviewLine]) -> None:
        self.beginResetModel()
        self.lines, self._without = lines, set()
        self.endResetModel()
        self.ticked_changed.emit()

    def is_ticked(self, line: int) -> bool:
        return line not in self._without

    @property
    def n_ticked(self) -> int:
        return len(self.lines) - len(self._without)

    def turn(self, lines: Sequence[int]) -> None:
        """Tick these, or take their ticks away if they all have one."""
        if all(map(self.is_ticked, lines)):
            self._without |= set(lines)
        else:
            self._without -= set(lines)
        if lines:
            self.dataChanged.emit(self.index(min(lines), 0), self.index(max(lines), _AFTER))
            self.ticked_changed.emit()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else 4

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("", self.tr("Row"), self.tr("Before"), self.tr("After"))[section]
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsUserCheckable if index.column() == _TICK else plain

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if index.column() == _TICK:
            return self._tick(index.row(), role)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if index.column() == _ROW:
            return f"{line.source + 1:,}"
        return "".join(compared(line.before, line.after)[index.column() == _AFTER])

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.turn([index.row()])
        return True

    def _tick(self, line: int, role: int) -> object:
        if role == Qt.ItemDataRole.CheckStateRole:
            on = self.is_ticked(line)
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("change") if self.is_ticked(line) else self.tr("leave")
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: PreviewModel, parent: QObject) -> None:
        super().__init__(parent)
        self._theme, self._model = theme, model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, _LINE_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        if index.column() < _BEFORE:
            super().paint(painter, option, index)
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        palette = self._theme.palette
        line = self._model.lines[index.row()]
        is_after = index.column() == _AFTER
        parts = compared(line.before, line.after)[is_after]
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.color("accent_soft"))
        marked = ("ok_soft", "ok") if is_after else ("error_soft", "error")
        looks = (
            (parts.left, None, "second"),
            (parts.middle, *marked),
            (parts.right, None, "second"),
        )
        room = rect.adjusted(8, 0, -6, 0)
        for text, ground, ink in looks:
            self._paint_part(painter, room, text, ground, ink)
        painter.restore()

    def _paint_part(
        self, painter: QPainter, room: QRect, text: str, ground: str | None, ink: str
    ) -> None:
        if not text or room.width() < 10:
            return
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        width = metrics.horizontalAdvance(shown)
        if ground is not None:
            box = QRect(room.left(), room.top() + 4, width, room.height() - 8)
            painter.fillRect(box, self._theme.palette.color(ground))
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)
        room.setLeft(room.left() + width)


class PreviewTable(QTableView):
    """Space ticks the selected lines or takes their ticks away."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = PreviewModel(self)
        self.setModel(self.preview)
        self.setItemDelegate(_Delegate(theme, self.preview, self))
        self.setAccessibleName(self.tr("Changes, before and after"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_LINE_HEIGHT)
        across = self.horizontalHeader()
        across.setHighlightSections(False)
        for column, width in ((_TICK, 34), (_ROW, 64)):
            self.setColumnWidth(column, width)
        for column in (_BEFORE, _AFTER):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            lines = {i.row() for i in self.selectionModel().selectedIndexes()}
            self.preview.turn(sorted(lines))
        else:
            super().keyPressEvent(event)
