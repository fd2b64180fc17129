"""Paints a row of the grid: shapes for status, chips for split, cached text for the rest."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator

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

from tunedesk.services.finding import Query, compiled
from tunedesk.ui.pages.data.columns import RIGHT_ALIGNED, TEXTS
from tunedesk.ui.pages.data.rows_model import Column, RowsModel
from tunedesk.ui.shell.status_bar import draw_state
from tunedesk.ui.theme import Theme

ROW_HEIGHT = 34
_CACHE_SIZE = 2048
_STATE_SHAPE = {"ok": "ready", "warning": "attention", "error": "failed", "pending": "waiting"}
_STATE_COLOR = {"ok": "ok", "warning": "warning_mark", "error": "error", "pending": "faint"}
_SPLIT_LOOK = {"train": ("chip", "second"), "test": ("accent_soft", "accent")}
_Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Text layout is the dear part of a row, so each shown text is laid out once and kept."""

    def __init__(self, theme: Theme, model: RowsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._texts: OrderedDict[tuple[str, int, str], tuple[QStaticText, str]] = OrderedDict()
        self._looked_for: re.Pattern[str] | None = None

    def highlight(self, query: Query | None) -> None:
        """Mark what is looked for. An expression's matches come from the model's words: to match
        it here could take for ever."""
        literal = query is not None and not query.is_regex
        self._looked_for = compiled(query) if query is not None and literal else None

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
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
            self._paint_text(painter, rect.adjusted(10, 0, -8, 0), column, index)
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
        word = self._model.split_word(split)
        width = painter.fontMetrics().horizontalAdvance(word) + 18
        chip = QRectF(rect.left() + 6, rect.center().y() - 9.5, width, 20)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color(ground))
        painter.drawRoundedRect(chip, 10, 10)
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, word)

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column, index: _Index) -> None:
        text = str(index.data() or "")
        quiet = column in RIGHT_ALIGNED
        secondary = quiet or column in (Column.TAGS, Column.REJECTED)
        painter.setPen(self._theme.palette.color("second" if secondary else "ink"))
        if not text and column is Column.REPLY:
            painter.setPen(self._theme.palette.color("faint"))
            text = self.tr("— no assistant reply —")
        laid_out, shown = self._static(painter, text, rect.width())
        size = laid_out.size()
        left = rect.right() - size.width() if quiet else rect.left()
        top = rect.top() + (rect.height() - size.height()) / 2
        if column in TEXTS:
            self._mark_found(painter, rect, shown, index.row())
        painter.drawStaticText(QPointF(left, top), laid_out)

    def _mark_found(self, painter: QPainter, rect: QRect, shown: str, row: int) -> None:
        metrics = painter.fontMetrics()
        for start, end in self._found(shown, row):
            left = rect.left() + metrics.horizontalAdvance(shown[:start])
            width = metrics.horizontalAdvance(shown[:end]) + rect.left() - left
            top = rect.center().y() - metrics.height() / 2
            box = QRectF(left - 1, top, width + 2, metrics.height() + 1)
            color = self._theme.palette.color("warning_mark")
            color.setAlpha(96)
            painter.fillRect(box, color)

    def _found(self, shown: str, row: int) -> Iterator[tuple[int, int]]:
        if self._looked_for is not None:
            yield from (m.span() for m in self._looked_for.finditer(shown) if m[0])
        elif self._model.words:
            for word in self._model.words.get(self._model.source_row(row), ()):
                at = shown.find(word)
                if at >= 0:
                    yield at, at + len(word)

    def _static(self, painter: QPainter, text: str, width: int) -> tuple[QStaticText, str]:
        key = (text, width, painter.font().key())
        known = self._texts.get(key)
        if known is not None:
            self._texts.move_to_end(key)
            return known
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        made = QStaticText(elided)
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.prepare(painter.transform(), painter.font())
        self._texts[key] = made, elided
        if len(self._texts) > _CACHE_SIZE:
            self._texts.popitem(last=False)
        return made, elided
