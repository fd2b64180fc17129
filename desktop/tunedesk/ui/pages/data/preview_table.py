"""Changes before they are made: row, before → after with the difference marked, and a tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
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

from tunedesk.core.text_diff import Range, differences
from tunedesk.ui.pages.data.unseen_marks import visible_text
from tunedesk.ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_TICK, _ROW, _BEFORE, _AFTER = range(4)
_CONTEXT = 24
_MOST_CHARS = 300
_LINE_HEIGHT = 28
_MOST_COMPARED = 256
_BREAKS = str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥"})


class PreviewLine(NamedTuple):
    """One change; `source` is the dataset row, `after` None where the row goes."""

    source: int
    before: str
    after: str


class Piece(NamedTuple):
    """A part of a text, and whether only this one of two texts has it."""

    text: str
    differs: bool


Pieces = tuple[Piece, ...]


@lru_cache(_MOST_COMPARED)
def compared(before: str, after: str) -> tuple[Pieces, Pieces]:
    """What differs, with a little of what stands around it; one line each."""
    start = 0
    most = min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    middles = before[start : len(before) - end], after[start : len(after) - end]
    ranges = [(0, len(middles[0]))], [(0, len(middles[1]))]
    if max(map(len, middles)) <= _MOST_CHARS:
        ranges = differences(*middles)
    left = ("…" if start > _CONTEXT else "") + before[max(0, start - _CONTEXT) : start]
    right = before[len(before) - end :][: 2 * _CONTEXT]
    made = [
        _shown([Piece(left, False), *_marked(middle, differing), Piece(right, False)])
        for middle, differing in zip(middles, ranges, strict=True)
    ]
    return made[0], made[1]


def _marked(middle: str, ranges: Sequence[Range]) -> Iterator[Piece]:
    at = 0
    for start, stop in ranges:
        yield Piece(middle[at:start], False)
        cut = "…" if stop - start > _MOST_CHARS else ""
        yield Piece(middle[start:stop][:_MOST_CHARS] + cut, True)
        at = stop
    yield Piece(middle[at:], False)


def _shown(pieces: Sequence[Piece]) -> Pieces:
    shown = ((visible_text(text.translate(_BREAKS)), differs) for text, differs in pieces)
    return tuple(Piece(text, differs) for text, differs in shown if text)


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
        pieces = compared(line.before, line.after)[index.column() == _AFTER]
        return "".join(piece.text for piece in pieces)

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
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.color("accent_soft"))
        marked = ("ok_soft", "ok") if is_after else ("error_soft", "error")
        room = rect.adjusted(8, 0, -6, 0)
        for text, differs in compared(line.before, line.after)[is_after]:
            ground, ink = marked if differs else (None, "second")
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
        for header in (across, self.verticalHeader()):  # else Ctrl+A walks through every line
            header.setSelectionModel(QItemSelectionModel(self.preview, self))
        for column, width in ((_TICK, 34), (_ROW, 64)):
            self.setColumnWidth(column, width)
        for column in (_BEFORE, _AFTER):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            chosen = list(self.selectionModel().selection())  # type: ignore[call-overload]
            lines = {line for one in chosen for line in range(one.top(), one.bottom() + 1)}
            self.preview.turn(sorted(lines))
        else:
            super().keyPressEvent(event)
