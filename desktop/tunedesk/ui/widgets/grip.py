"""The six dots that say: take me by this."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from tunedesk.ui.theme import Theme

_DOTS = ((0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2))
_GAP_PX = 5
_DOT_PX = 2


def paint_grip(widget: QWidget, theme: Theme) -> None:
    """Draw them in the middle of a widget that is being painted."""
    painter = QPainter(widget)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.palette.color("faint"))
    left = (widget.width() - _GAP_PX - _DOT_PX) // 2
    top = (widget.height() - 2 * _GAP_PX - _DOT_PX) // 2
    for column, line in _DOTS:
        painter.drawRect(left + column * _GAP_PX, top + line * _GAP_PX, _DOT_PX, _DOT_PX)
    painter.end()
