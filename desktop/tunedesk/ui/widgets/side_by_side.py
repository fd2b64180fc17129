"""Two parts beside each other, and below each other where the room is narrow."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget


class SideBySide(QWidget):
    """`shares` are the parts' shares of the width; below `narrow_px` each has all of it."""

    def __init__(
        self, left: QWidget, right: QWidget, shares: tuple[int, int], narrow_px: int
    ) -> None:
        super().__init__()
        self._narrow_px = narrow_px
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(16)
        self._box.addWidget(left, shares[0])
        self._box.addWidget(right, shares[1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < self._narrow_px
        direction = QBoxLayout.Direction
        self._box.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
