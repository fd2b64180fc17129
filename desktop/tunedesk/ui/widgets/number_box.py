"""A field for a whole number, typed or stepped by keys."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

_LEFT_PX = 8


class NumberBox(QSpinBox):
    """`name` is the accessible name. `valueChanged` comes when a number is whole, not per key."""

    def __init__(self, name: str, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        # The style sheet's own padding does not reach the text of a spin box.
        self.lineEdit().setTextMargins(_LEFT_PX, 0, 0, 0)
