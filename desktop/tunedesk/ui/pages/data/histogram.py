"""Bars of equal width; heights are counts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.ui.theme import Theme


class Histogram(QWidget):
    """A bin with few rows still shows a line of a pixel."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bins: Sequence[int] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 46)

    def minimumSizeHint(self) -> QSize:
        """It gives way before the figures above it, whose letters may be as tall as Thai's."""
        return QSize(100, 12)

    def set_bins(self, bins: Sequence[int], spoken: str) -> None:
        """`spoken` says the same for who cannot see it."""
        self._bins = bins
        self.setAccessibleName(spoken)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        top = max(self._bins, default=0)
        if not top:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color("tie"))
        step = self.width() / len(self._bins)
        for number, count in enumerate(self._bins):
            height = max(1.0, count / top * self.height()) if count else 1.0
            bar = QRectF(number * step + 1, self.height() - height, step - 2, height)
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.end()
