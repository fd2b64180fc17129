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
    QSizeF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QStaticText
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tunedesk.services.dataset.finding import Query, compiled
from tunedesk.ui.pages.data.columns import COLUMNS, RIGHT_ALIGNED, TEXTS
from tunedesk.ui.pages.data.rows_model import Column, RowsModel
from tunedesk.ui.shell.status_bar import draw_state
from tunedesk.ui.theme import Theme

ROW_HEIGHT = 34
_CACHE_SIZE = 2048
_CHIP_FONT_PX = 12
_LEAST_CHAR_PX = 5
_SHAPE_PX, _CHIP_PX = 13, 21
_STATE_SHAPE = {"ok": "ready", "warning": "attention", "error": "failed", "pending": "waiting"}
_STATE_COLOR = {"ok": "ok", "warning": "warning_mark", "error": "error", "pending": "faint"}
_SPLIT_LOOK = {"train": ("chip", "second"), "test": ("accent_soft", "accent")}
_Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Text layout is the dear part of a row, so each shown text is laid out once and kept; shapes
    and chips are pictures, of which there are few."""

    def __init__(self, theme: Theme, model: RowsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._texts: OrderedDict[tuple[str, int], tuple[QStaticText, str, QSizeF]] = OrderedDict()
        self._font = QFont()
        self._metrics = QFontMetrics(self._font)
        self._chip_font = QFont()
        self._digit_px = 0
        self._pictures: dict[tuple[str, str, float], QPixmap] = {}
        self._colors: dict[str, QColor] = {}
        self._looked_for: re.Pattern[str] | None = None
        theme.changed.connect(self._colors.clear)
        theme.changed.connect(self._pictures.clear)

    def highlight(self, query: Query | None) -> None:
        """Mark what is looked for. An expression's matches come from the model's words: to match
        it here could take for ever."""
        literal = query is not None and not query.is_regex
        self._looked_for = compiled(query) if query is not None and literal else None

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Every cell sets pen and brush for itself; saving the painter would cost more."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        self._use_font(option.font)
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.fillRect(rect, self._color("accent_soft"))
        painter.setPen(self._color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        row, column = index.row(), COLUMNS[index.column()]
        if column is Column.STATUS:
            self._paint_status(painter, rect, self._model.state(row).status)
        elif column is Column.SPLIT:
            self._paint_split(painter, rect, self._model.state(row).split, is_selected)
        else:
            self._paint_text(painter, rect.adjusted(10, 0, -8, 0), column, row)

    def _color(self, token: str) -> QColor:
        known = self._colors.get(token)
        if known is None:
            known = self._colors[token] = self._theme.palette.color(token)
        return known

    def _use_font(self, font: QFont) -> None:
        """What is laid out is of one font."""
        if font != self._font:
            self._font, self._chip_font = QFont(font), QFont(font)
            self._chip_font.setPixelSize(_CHIP_FONT_PX)
            self._metrics = QFontMetrics(self._font)
            self._digit_px = self._metrics.horizontalAdvance("0")
            self._texts.clear()
            self._pictures.clear()

    def _paint_status(self, painter: QPainter, rect: QRect, status: str) -> None:
        key = status, "", painter.device().devicePixelRatioF()
        shape = self._pictures.get(key)
        if shape is None:
            shape = self._pictures[key] = self._shape(status, key[2])
        middle = rect.center()
        painter.drawPixmap(middle.x() - _SHAPE_PX // 2, middle.y() - _SHAPE_PX // 2, shape)

    def _shape(self, status: str, ratio: float) -> QPixmap:
        picture = _picture(_SHAPE_PX, _SHAPE_PX, ratio)
        color = self._color(_STATE_COLOR[status])
        size = 8.0 if status in ("ok", "pending") else 9.5
        box = QRectF(0, 0, size, size)
        box.moveCenter(QPointF(_SHAPE_PX / 2, _SHAPE_PX / 2))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color)
        painter.setBrush(Qt.BrushStyle.NoBrush if status == "pending" else color)
        draw_state(painter, _STATE_SHAPE[status], box)
        painter.end()
        return picture

    def _paint_split(self, painter: QPainter, rect: QRect, split: str, is_selected: bool) -> None:
        ground, ink = _SPLIT_LOOK.get(split, ("warning_soft", "warning"))
        if is_selected and ground == "accent_soft":  # the row has that ground already
            ground = "surface"
        word = self._model.split_word(split)
        key = word, ground, painter.device().devicePixelRatioF()
        chip = self._pictures.get(key)
        if chip is None:
            chip = self._pictures[key] = self._chip(word, ground, ink, key[2])
        painter.drawPixmap(rect.left() + 6, rect.center().y() - _CHIP_PX // 2, chip)

    def _chip(self, word: str, ground: str, ink: str, ratio: float) -> QPixmap:
        width = QFontMetrics(self._chip_font).horizontalAdvance(word) + 18
        picture = _picture(width, _CHIP_PX, ratio)
        chip = QRectF(0, 0.5, width, _CHIP_PX - 1)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(ground))
        painter.drawRoundedRect(chip, 10, 10)
        painter.setPen(self._color(ink))
        painter.setFont(self._chip_font)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, word)
        painter.end()
        return picture

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column, row: int) -> None:
        text = self._model.text(row, column)
        quiet = column in RIGHT_ALIGNED
        if quiet and len(text) * self._digit_px <= rect.width():
            self._paint_number(painter, rect, text)
            return
        secondary = quiet or column in (Column.TAGS, Column.REJECTED)
        painter.setPen(self._color("second" if secondary else "ink"))
        if not text and column is Column.REPLY:
            painter.setPen(self._color("faint"))
            text = self.tr("— no assistant reply —")
        laid_out, shown, size = self._static(painter, text, rect.width())
        left = rect.right() - size.width() if quiet else rect.left()
        top = rect.top() + (rect.height() - size.height()) / 2
        if column in TEXTS:
            self._mark_found(painter, rect, shown, row)
        painter.drawStaticText(QPointF(left, top), laid_out)

    def _paint_number(self, painter: QPainter, rect: QRect, text: str) -> None:
        """Numbers are hardly ever the same, and quick to draw."""
        metrics = self._metrics
        top = rect.top() + (rect.height() - metrics.height()) / 2
        left = rect.right() - metrics.horizontalAdvance(text)
        painter.setPen(self._color("second"))
        painter.drawText(QPointF(left, top + metrics.ascent()), text)

    def _mark_found(self, painter: QPainter, rect: QRect, shown: str, row: int) -> None:
        metrics = self._metrics
        for start, end in self._found(shown, row):
            left = rect.left() + metrics.horizontalAdvance(shown[:start])
            width = metrics.horizontalAdvance(shown[:end]) + rect.left() - left
            top = rect.center().y() - metrics.height() / 2
            box = QRectF(left - 1, top, width + 2, metrics.height() + 1)
            color = QColor(self._color("warning_mark"))
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

    def _static(self, painter: QPainter, text: str, width: int) -> tuple[QStaticText, str, QSizeF]:
        key = (text, width)
        known = self._texts.get(key)
        if known is not None:
            self._texts.move_to_end(key)
            return known
        elided = self._elided(text, width)
        made = QStaticText(elided)
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.prepare(painter.transform(), self._font)
        known = self._texts[key] = made, elided, made.size()
        if len(self._texts) > _CACHE_SIZE:
            self._texts.popitem(last=False)
        return known

    def _elided(self, text: str, width: int) -> str:
        """Qt measures all it is given, so first it is given about what fits."""
        right = Qt.TextElideMode.ElideRight
        start = text[: width // _LEAST_CHAR_PX + 1]
        elided = self._metrics.elidedText(start, right, width)
        if elided == start and len(start) < len(text):  # narrow letters
            return self._metrics.elidedText(text, right, width)
        return elided


def _picture(width: int, height: int, ratio: float) -> QPixmap:
    """Of this size in logical pixels, with nothing on it."""
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
