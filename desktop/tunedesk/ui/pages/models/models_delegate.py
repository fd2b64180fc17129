"""Draws a line of the table: the name strong, the kind as a chip, an end that is near in red."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from tunedesk.services.providers.model_list import ModelRow
from tunedesk.ui.pages.models.models_model import RIGHT, ROW_ROLE, Column
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.line_delegate import LineDelegate
from tunedesk.ui.widgets.lines_model import Index

_CHIPS = {"tuned": ("tuned_soft", "tuned_ink")}


class ModelsDelegate(LineDelegate):
    """For a table of `ModelsModel`."""

    def draw(self, painter: QPainter, cell: QRectF, index: Index) -> None:
        row, column = index.data(ROW_ROLE), Column(index.column())
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        if column is Column.KIND:
            self._draw_chip(painter, cell, row.kind, words)
            return
        self.draw_words(
            painter,
            cell,
            words,
            ink=_ink(row, column),
            strong=column is Column.MODEL,
            right=column in RIGHT,
        )

    def _draw_chip(self, painter: QPainter, cell: QRectF, kind: str, words: str) -> None:
        ground, ink = _CHIPS.get(kind, ("chip", "second"))
        font = ui_font(12)
        wide_px = QFontMetrics(font).horizontalAdvance(words) + 20
        box = QRectF(cell.left() + self.pad_px, cell.center().y() - 10, wide_px, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.palette.color(ground))
        painter.drawRoundedRect(box, 10, 10)
        painter.setFont(font)
        painter.setPen(self.theme.palette.color(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _ink(row: ModelRow, column: Column) -> str:
    if column is Column.ENDS:
        return "error" if row.is_ending else "ink"
    if column is Column.ACT:
        return "accent"
    return "ink" if column is Column.MODEL else "second"
