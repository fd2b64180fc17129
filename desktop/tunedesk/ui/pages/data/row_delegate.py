"""Paints a row of the grid: shapes for status, chips for split, cached text for the rest."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter, QStaticText
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tunedesk.ui.pages.data.rows_model import Column, RowsModel
from tunedesk.ui.shell.status_bar import draw_state
from tunedesk.ui.theme import Theme

ROW_HEIGHT = 34
_CACHE_SIZE = 2048
_STATE_SHAPE = {"ok": "ready", "warning": "attention", "error": "failed", "pending": "waiting"}
_STATE_COLOR = {"ok": "ok", "warning": "warning_mark", "error": "error", "pending": "faint"}
_SPLIT_LOOK = {"train": ("chip", "second"), "test": ("accent_soft", "accent")}


class RowDelegate(QStyledItemDelegate):
    """Text layout is the dear part of a row, so each shown text is laid out once and kept."""

    def __init__(self, theme: Theme, model: RowsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._texts: OrderedDict[tuple[str, int, str], QStaticText] = OrderedDict()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(60, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        palette = self._theme.palette
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.color("accent_soft"))
        painter.setPen(palette.color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        column = Column(index.column())
        if column is Column.STATUS:
            self._paint_status(painter, rect, self._model.state(index.row()).status)
        elif column is Column.SPLIT:
            self._paint_split(painter, rect, self._model.state(index.row()).split)
        else:
            text = str(index.data() or "")
            self._paint_text(painter, rect.adjusted(10, 0, -8, 0), column, text)
        painter.restore()

    def _paint_status(self, painter: QPainter, rect: QRect, status: str) -> None:
        color = self._theme.palette.color(_STATE_COLOR[status])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color)
        painter.setBrush(Qt.BrushStyle.NoBrush if status == "pending" else color)
        size = 8.0 if status in ("ok", "pending") else 9.5
        box = QRectF(0, 0, size, size)
        box.moveCenter(QPointF(rect.center()) + QPointF(0.5, 0.5))
        draw_state(painter, _STATE_SHAPE[status], box)

    def _paint_split(self, painter: QPainter, rect: QRect, split: str) -> None:
        ground, ink = _SPLIT_LOOK.get(split, ("warning_soft", "warning"))
        font = QFont(painter.font())
        font.setPixelSize(12)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(split) + 18
        chip = QRectF(rect.left() + 6, rect.center().y() - 9.5, width, 20)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color(ground))
        painter.drawRoundedRect(chip, 10, 10)
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, split)

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column, text: str) -> None:
        quiet = column in (Column.NUMBER, Column.TOKENS)
        painter.setPen(self._theme.palette.color("second" if quiet else "ink"))
        if not text and column is Column.REPLY:
            painter.setPen(self._theme.palette.color("faint"))
            text = self.tr("— no assistant reply —")
        laid_out = self._static(painter, text, rect.width())
        size = laid_out.size()
        left = rect.right() - size.width() if quiet else rect.left()
        top = rect.top() + (rect.height() - size.height()) / 2
        painter.drawStaticText(QPointF(left, top), laid_out)

    def _static(self, painter: QPainter, text: str, width: int) -> QStaticText:
        key = (text, width, painter.font().key())
        known = self._texts.get(key)
        if known is not None:
            self._texts.move_to_end(key)
            return known
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        made = QStaticText(elided)
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.prepare(painter.transform(), painter.font())
        self._texts[key] = made
        if len(self._texts) > _CACHE_SIZE:
            self._texts.popitem(last=False)
        return made
