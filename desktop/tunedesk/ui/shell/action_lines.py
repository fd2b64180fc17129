"""Draws a line of the action finder: what it does, where it stands, its key at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from tunedesk.ui.shell.found_actions import FoundAction
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.line_delegate import LineDelegate
from tunedesk.ui.widgets.lines_model import Index

_GAP_PX = 10


class ActionLines(LineDelegate):
    """What cannot be done now is faint, and its reason stands where its place would."""

    def draw(self, painter: QPainter, cell: QRectF, index: Index) -> None:
        one: FoundAction = index.data(Qt.ItemDataRole.UserRole)
        width = QFontMetricsF(ui_font(13)).horizontalAdvance
        keys = width(one.keys) + 2 * self.pad_px if one.keys else 0.0
        self.draw_words(painter, cell, one.keys, right=True)
        left = cell.adjusted(0, 0, -keys, 0)
        self.draw_words(painter, left, one.name, ink="second" if one.why_not else "ink")
        beside = left.adjusted(width(one.name) + _GAP_PX, 0, 0, 0)
        if beside.width() > 4 * self.pad_px:
            self.draw_words(painter, beside, one.why_not or one.place, ink="faint")
