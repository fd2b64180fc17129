"""A combo box that shows its arrow; the style sheet's own would need a file per palette."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QWidget

from tunedesk.ui.theme import Theme

_ICON_PX = 16


class ChoiceBox(QComboBox):
    """`name` is the accessible name."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        at = QPoint(self.width() - _ICON_PX - 8, (self.height() - _ICON_PX) // 2)
        icon = self._theme.icon("down", "second", _ICON_PX)
        painter.drawPixmap(at, icon.pixmap(_ICON_PX, _ICON_PX))
        painter.end()
