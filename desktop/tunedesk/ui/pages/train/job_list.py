"""The list of jobs on the left: one model, one delegate, no widget a row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from tunedesk.ui.theme import Palette, Theme
from tunedesk.ui.theme.theme import ui_font

ROW_HEIGHT = 58
_SIDE = 14
_CHIP_COLORS = {
    "chip": ("chip", "second"),
    "chip-ok": ("ok_soft", "ok"),
    "chip-error": ("error_soft", "error"),
    "chip-warning": ("warning_soft", "warning"),
    "chip-accent": ("accent_soft", "accent"),
}


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one line shows; `note` is the right end of the second line, as "62%"."""

    local_id: str
    name: str
    status: str
    chip: str
    where: str
    note: str = ""

    def sentence(self) -> str:
        """The line for a screen reader."""
        return ", ".join(part for part in (self.name, self.status, self.where, self.note) if part)


class JobsModel(QAbstractListModel):
    """Rows newest first; equal ids are updated in place, so that a selection stays."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[JobRow] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return self._rows[index.row()].sentence() if role in texts else None

    def job(self, row: int) -> JobRow:
        return self._rows[row]

    def row_of(self, local_id: str | None) -> int:
        """Line of a job, -1 where it is not listed."""
        return next((n for n, row in enumerate(self._rows) if row.local_id == local_id), -1)

    def show(self, rows: Sequence[JobRow]) -> None:
        """Take over `rows`: new ones are inserted on top, known ones change where they stand."""
        n_new = len(rows) - len(self._rows)
        known = [row.local_id for row in self._rows]
        if n_new < 0 or [row.local_id for row in rows[n_new:]] != known:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        if n_new:
            self.beginInsertRows(QModelIndex(), 0, n_new - 1)
            self._rows = [*rows[:n_new], *self._rows]
            self.endInsertRows()
        self._update(rows)

    def _update(self, rows: Sequence[JobRow]) -> None:
        for n, row in enumerate(rows):
            if row != self._rows[n]:
                self._rows[n] = row
                self.dataChanged.emit(self.index(n), self.index(n))


class JobDelegate(QStyledItemDelegate):
    """Name and chip on the first line, base · where and percent on the second."""

    def __init__(self, theme: Theme, model: JobsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        job, palette = self._model.job(index.row()), self._theme.palette
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        _paint_ground(painter, box, state, palette)
        inner = box.adjusted(_SIDE, 9, -_SIDE, -9)
        upper = QRect(inner.left(), inner.top(), inner.width(), 20)
        lower = QRect(inner.left(), inner.bottom() - 17, inner.width(), 18)
        chip_width = _paint_chip(painter, upper, job, palette)
        name = upper.adjusted(0, 0, -chip_width - 8, 0)
        _paint_text(painter, name, job.name, _bold(), palette, "ink")
        _paint_second_line(painter, lower, job, palette)
        painter.restore()


def _paint_ground(painter: QPainter, box: QRect, state: QStyle.StateFlag, palette: Palette) -> None:
    if state & QStyle.StateFlag.State_Selected:
        painter.fillRect(box, palette.color("accent_soft"))
    painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), palette.color("line"))
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(palette.color("accent"))
        painter.drawRect(box.adjusted(0, 0, -1, -2))


def _paint_chip(painter: QPainter, line: QRect, job: JobRow, palette: Palette) -> int:
    ground, ink = _CHIP_COLORS.get(job.chip, _CHIP_COLORS["chip"])
    font = ui_font(12)
    width = QFontMetrics(font).horizontalAdvance(job.status) + 18
    box = QRect(line.right() - width + 1, line.top(), width, 20)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(ground))
    painter.drawRoundedRect(QRectF(box), 10, 10)
    painter.setFont(font)
    painter.setPen(palette.color(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, job.status)
    return width


def _paint_second_line(painter: QPainter, line: QRect, job: JobRow, palette: Palette) -> None:
    font = ui_font(12)
    width = QFontMetrics(font).horizontalAdvance(job.note)
    _paint_text(painter, line.adjusted(0, 0, -width - 10, 0), job.where, font, palette, "second")
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, job.note)


def _paint_text(
    painter: QPainter, box: QRect, text: str, font: QFont, palette: Palette, color: str
) -> None:
    painter.setFont(font)
    painter.setPen(palette.color(color))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _bold() -> QFont:
    font = ui_font(13)
    font.setWeight(QFont.Weight.DemiBold)
    return font


class JobList(QListView):
    """`chosen(local_id)` when the person moves to another job, not when data changes."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.jobs = JobsModel(self)
        self.setModel(self.jobs)
        self.setItemDelegate(JobDelegate(theme, self.jobs, self))
        self.setAccessibleName(self.tr("Jobs"))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._is_showing = False
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    def show_jobs(self, rows: Sequence[JobRow], selected: str | None) -> None:
        """Show `rows` with `selected` as the current one; nothing else moves."""
        self._is_showing = True
        self.jobs.show(rows)
        line = self.jobs.row_of(selected)
        if line >= 0 and line != self.currentIndex().row():
            self.setCurrentIndex(self.jobs.index(line))
        self._is_showing = False

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.chosen.emit(self.jobs.job(current.row()).local_id)
