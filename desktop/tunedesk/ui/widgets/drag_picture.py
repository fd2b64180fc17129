"""What hangs at the pointer while something is dragged."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPixmap

from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font


def drag_picture(theme: Theme, words: str) -> QPixmap:
    """What hangs at the pointer: in words, what is on the way."""
    font = ui_font(12)
    width = QFontMetrics(font).horizontalAdvance(words) + 24
    picture = QPixmap(width, 26)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.palette.color("accent"))
    painter.drawRoundedRect(picture.rect(), 13, 13)
    painter.setPen(theme.palette.color("accent_ink"))
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return picture
