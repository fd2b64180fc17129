"""How many rows train and how many test, as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.ui.theme import Theme


class SplitBar(QWidget):
    """Grey for train, accent for test; the words beside it carry the same figures."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._train, self._test = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(28)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, 6)

    def set_counts(self, train: int, test: int) -> None:
        self._train, self._test = train, test
        self.update()

    @property
    def percent(self) -> tuple[int, int]:
        """Train and test shares in whole percent, adding to 100 where there are rows."""
        rows = self._train + self._test
        if not rows:
            return (0, 0)
        test = round(100 * self._test / rows)
        return (100 - test, test)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        palette = self._theme.palette
        painter.setBrush(palette.color("track"))
        painter.drawRoundedRect(box, 3, 3)
        rows = self._train + self._test
        if rows:
            painter.setBrush(palette.color("accent"))
            painter.drawRoundedRect(box, 3, 3)
            painter.setBrush(palette.color("second"))
            box.setWidth(box.width() * self._train / rows)
            painter.drawRoundedRect(box, 3, 3)
        painter.end()
