"""How a whole is shared out: stretches of colour and pattern in one bar, and their legend."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text import PlainLabel

_PATTERNS = {"base": Qt.BrushStyle.BDiagPattern, "tie": Qt.BrushStyle.Dense6Pattern}
"""Who cannot tell the colours apart tells these; what is in neither is plain."""


def fill_stretch(painter: QPainter, place: QRectF, token: str, theme: Theme) -> None:
    """A palette's colour, with the pattern that goes with it."""
    painter.fillRect(place, theme.palette.color(token))
    if token in _PATTERNS:
        painter.fillRect(place, QBrush(theme.palette.color("surface"), _PATTERNS[token]))


class ShareBar(QWidget):
    """`stretches` are (count, palette token), left to right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stretches: list[tuple[int, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_stretches(self, stretches: Sequence[tuple[int, str]], spoken: str) -> None:
        """`spoken` says the same for who cannot see it."""
        self._stretches = [pair for pair in stretches if pair[0] > 0]
        self.setAccessibleName(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(340, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), self._theme.palette.color("track"))
        whole = sum(count for count, _token in self._stretches)
        x = 0.0
        for count, token in self._stretches:
            width = self.width() * count / whole
            # A hairline of the ground between two stretches tells them apart without colour.
            gap = 1.0 if x > 0 else 0.0
            stretch = QRectF(x + gap, 0, width - gap, self.height())
            fill_stretch(painter, stretch, token, self._theme)
            x += width
        painter.end()


class Swatch(QWidget):
    """A small square of a palette colour."""

    def __init__(self, token: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token = token
        self._theme = theme
        self.setFixedSize(10, 10)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill_stretch(painter, QRectF(self.rect()), self._token, self._theme)
        painter.end()


class Legend(QWidget):
    """Names of the stretches, in their order."""

    def __init__(self, tokens: Sequence[str], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = [PlainLabel("", "second") for _token in tokens]
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for token, name in zip(tokens, self._names, strict=True):
            line.addWidget(Swatch(token, theme), 0, Qt.AlignmentFlag.AlignVCenter)
            line.addWidget(name)
            line.addSpacing(8)
        line.addStretch()

    def set_names(self, names: Sequence[str]) -> None:
        for label, name in zip(self._names, names, strict=True):
            label.setText(name)
