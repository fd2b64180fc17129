"""Fields for numbers, typed or stepped by keys."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

_LEFT_PX = 8


class NumberBox(QSpinBox):
    """`name` is the accessible name. `valueChanged` comes when a number is whole, not per key."""

    def __init__(self, name: str, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        _dress(self, name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves the page, and no number on its way."""
        event.ignore()


class DecimalBox(QDoubleSpinBox):
    """The same for a number with two places behind the point, in steps of a tenth."""

    def __init__(self, name: str, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.setDecimals(2)
        self.setSingleStep(0.1)
        self.setRange(low, high)
        _dress(self, name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves the page, and no number on its way."""
        event.ignore()


def _dress(box: QAbstractSpinBox, name: str) -> None:
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    # The style sheet's own padding does not reach the text of a spin box.
    box.lineEdit().setTextMargins(_LEFT_PX, 0, 0, 0)
