"""A text of a few lines at most, the last of which ends in … when there is more."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextLine
from PySide6.QtWidgets import QWidget

from tunedesk.ui.widgets.text import PlainLabel


class FewLinesLabel(PlainLabel):
    """As high as its text at its width, but never more than `most_lines` lines."""

    def __init__(
        self, text: str, look: str = "body", parent: QWidget | None = None, *, most_lines: int = 3
    ) -> None:
        self._most_lines = most_lines
        super().__init__(text, look, parent, wrap=True)

    def heightForWidth(self, width: int) -> int:
        """Of as many lines as are shown; letters of some scripts make them higher than others."""
        _, lines = self._laid_out(width)
        return math.ceil(sum(line.height() for line in lines))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), min(hint.height(), self.heightForWidth(hint.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.fontMetrics().lineSpacing())

    def is_cut_at(self, width: int) -> bool:
        """Whether there is more to read than is shown at this width."""
        layout, lines = self._laid_out(width)
        return bool(lines) and _end(lines[-1]) < len(layout.text())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        layout, lines = self._laid_out(self.width())
        at = QPointF(0, 0)
        for line in lines:
            if line is lines[-1] and _end(line) < len(layout.text()):
                rest = layout.text()[line.textStart() :]
                cut = self.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
                painter.drawText(at + QPointF(0, line.ascent()), cut)
            else:
                line.draw(painter, at)
            at += QPointF(0, line.height())
        painter.end()

    def _laid_out(self, width_px: int) -> tuple[QTextLayout, list[QTextLine]]:
        layout = QTextLayout(self.text(), self.font())
        lines: list[QTextLine] = []
        layout.beginLayout()
        while len(lines) < self._most_lines and (line := layout.createLine()).isValid():
            line.setLineWidth(width_px)
            lines.append(line)
        layout.endLayout()
        return layout, lines


def _end(line: QTextLine) -> int:
    return line.textStart() + line.textLength()
