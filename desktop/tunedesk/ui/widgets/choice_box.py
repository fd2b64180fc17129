"""A combo box that shows its arrow, and … in a text that is too long for it.

The style sheet's own arrow would need a file per palette, and its text is cut without a sign.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.tips import set_tip

_ICON_PX, _AIR_PX = 16, 8


class ChoiceBox(QComboBox):
    """`name` is the accessible name. A text that is too long loses its middle: of a file's name
    the end tells as much as the beginning; the tooltip has it whole."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tip = ""
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves the page, and chooses nothing on its way."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self._fitting(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        at = QPoint(self.width() - _ICON_PX - _AIR_PX, (self.height() - _ICON_PX) // 2)
        icon = self._theme.icon("down", "second", _ICON_PX)
        painter.drawPixmap(at, icon.pixmap(_ICON_PX, _ICON_PX))
        painter.end()

    def _fitting(self, option: QStyleOptionComboBox) -> str:
        """The text as it fits before the arrow."""
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        room_px = min(field.right(), self.width() - _ICON_PX - 2 * _AIR_PX) - field.left()
        whole = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        shown = self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideMiddle, room_px)
        if (told := whole if shown != whole else "") != self._tip:
            self._tip = told
            set_tip(self, told)
        return shown
