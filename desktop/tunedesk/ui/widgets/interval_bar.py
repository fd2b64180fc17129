"""A share with its interval on a line from 0 to 100 %, with a mark where nothing differs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font

SIDE_PX = 18
LINE_Y = 20


class IntervalBar(QWidget):
    """`set_values(share, low, high)`, each between 0 and 1; without a share only the line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share: float | None = None
        self._low, self._high = 0.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(ui_font(12))
        theme.changed.connect(self.update)

    def set_values(self, share: float | None, low: float, high: float, spoken: str) -> None:
        """`spoken` says the same for who cannot see it."""
        self._share, self._low, self._high = share, low, high
        self.setAccessibleName(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(660, 58)

    def x_of(self, share: float) -> float:
        """Where a share lies on the line, in pixels."""
        return SIDE_PX + share * (self.width() - 2 * SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_scale(painter)
        if self._share is not None:
            self._draw_interval(painter, self._share)
        painter.end()

    def _draw_scale(self, painter: QPainter) -> None:
        palette = self._theme.palette
        painter.setPen(QPen(palette.color("line_strong"), 2))
        painter.drawLine(QPointF(self.x_of(0), LINE_Y), QPointF(self.x_of(1), LINE_Y))
        painter.setPen(QPen(palette.color("line_strong"), 1.5, Qt.PenStyle.DashLine))
        middle = self.x_of(0.5)
        painter.drawLine(QPointF(middle, 2), QPointF(middle, 36))
        painter.setPen(palette.color("faint"))
        for share, text in ((0.0, "0 %"), (0.5, self.tr("no difference")), (1.0, "100 %")):
            place = QRectF(self.x_of(share) - 70, 38, 140, 18)
            if share == 0.0:
                place.moveLeft(0)
            elif share == 1.0:
                place.moveRight(self.width())
            side = {0.0: Qt.AlignmentFlag.AlignLeft, 1.0: Qt.AlignmentFlag.AlignRight}
            painter.drawText(place, side.get(share, Qt.AlignmentFlag.AlignHCenter), text)

    def _draw_interval(self, painter: QPainter, share: float) -> None:
        color = self._theme.palette.color("tuned")
        soft = QColor(color)
        soft.setAlphaF(0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        left, right = self.x_of(self._low), self.x_of(self._high)
        painter.drawRoundedRect(QRectF(left, LINE_Y - 3.5, max(2.0, right - left), 7), 3, 3)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(self.x_of(share), LINE_Y), 7, 7)
