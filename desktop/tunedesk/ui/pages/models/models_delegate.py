"""Draws a line of the table: the name strong, the kind as a chip, an end that is near in red."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tunedesk.services.model_list import ModelRow
from tunedesk.ui.pages.models.models_model import ROW_ROLE, Column
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font

ROW_PX = 36
_PAD_PX = 12
_CHIPS = {"tuned": ("tuned_soft", "tuned")}


class ModelsDelegate(QStyledItemDelegate):
    """For a table of `ModelsModel`."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row = index.data(ROW_ROLE)
        cell = QRectF(option.rect)
        palette = self._theme.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, palette.color("accent_soft"))
        painter.setPen(palette.color("line"))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        if index.column() == Column.KIND:
            self._draw_chip(painter, cell, row.kind, words)
        else:
            self._draw_words(painter, cell, row, Column(index.column()), words)
        painter.restore()

    def _draw_words(
        self, painter: QPainter, cell: QRectF, row: ModelRow, column: Column, words: str
    ) -> None:
        font = ui_font(13)
        if column is Column.MODEL:
            font.setWeight(QFont.Weight.DemiBold)
        inside = cell.adjusted(_PAD_PX, 0, -_PAD_PX, 0)
        shown = QFontMetrics(font).elidedText(
            words, Qt.TextElideMode.ElideMiddle, int(inside.width())
        )
        side = Qt.AlignmentFlag.AlignRight if column is Column.ACT else Qt.AlignmentFlag.AlignLeft
        painter.setFont(font)
        painter.setPen(self._theme.palette.color(_ink(row, column)))
        painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _draw_chip(self, painter: QPainter, cell: QRectF, kind: str, words: str) -> None:
        ground, ink = _CHIPS.get(kind, ("chip", "second"))
        font = ui_font(12)
        wide_px = QFontMetrics(font).horizontalAdvance(words) + 20
        box = QRectF(cell.left() + _PAD_PX, cell.center().y() - 10, wide_px, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color(ground))
        painter.drawRoundedRect(box, 10, 10)
        painter.setFont(font)
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, ROW_PX)


def _ink(row: ModelRow, column: Column) -> str:
    if column is Column.ENDS:
        return "error" if row.is_ending else "ink"
    if column is Column.ACT:
        return "accent"
    return "ink" if column is Column.MODEL else "second"
