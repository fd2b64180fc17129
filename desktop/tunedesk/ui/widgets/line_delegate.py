"""Draws a line of a table to read: words with air around them, a hairline below."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.lines_model import Index

ROW_PX = 36
PAD_PX, NARROW_PAD_PX = 12, 7


class LineDelegate(QStyledItemDelegate):
    """`draw` is what another table replaces to draw a cell its own way."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.pad_px = PAD_PX  # of air at both sides of a cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = QRectF(option.rect)
        palette = self.theme.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, palette.color("accent_soft"))
        painter.setPen(palette.color("line"))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        self.draw(painter, cell, index)
        painter.restore()

    def draw(self, painter: QPainter, cell: QRectF, index: Index) -> None:
        """A cell's content; `cell` is the whole of it."""
        self.draw_words(painter, cell, str(index.data(Qt.ItemDataRole.DisplayRole)))

    def draw_words(
        self,
        painter: QPainter,
        cell: QRectF,
        words: str,
        *,
        ink: str = "second",
        strong: bool = False,
        right: bool = False,
    ) -> None:
        """One line of text, cut in its middle where it is too long."""
        font = ui_font(13)
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        inside = cell.adjusted(self.pad_px, 0, -self.pad_px, 0)
        shown = QFontMetrics(font).elidedText(
            words, Qt.TextElideMode.ElideMiddle, int(inside.width())
        )
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.setFont(font)
        painter.setPen(self.theme.palette.color(ink))
        painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW_PX)
