"""Scrolling while something is dragged near an edge; Qt's own stops when the pointer rests."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QAbstractScrollArea

_MARGIN_PX, _FULL_STEP_PX = 34, 20
_EVERY_MS = 25
_TICKS_TO_DOUBLE = 40  # a far place of a long list is reached, too


class EdgeScroll(QObject):
    """`follow` at each move of the drag, `stop` when it leaves or ends."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        self._area = area
        self._n_ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._tick)

    def follow(self) -> None:
        """Scroll for as long as the pointer stays near an edge."""
        if not self._pull():
            self.stop()
        elif not self._timer.isActive():
            self._n_ticks = 0
            self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _pull(self) -> float:
        """How strongly the pointer pulls, -1 (at the upper edge or above) to 1; 0 is not."""
        view = self._area.viewport()
        y, height = view.mapFromGlobal(QCursor.pos()).y(), view.height()
        margin = min(_MARGIN_PX, height // 4)
        if y < margin:
            return -min(1.0, (margin - y) / margin)
        return min(1.0, max(0.0, (y - height + margin) / margin))

    def _tick(self) -> None:
        pull, bar = self._pull(), self._area.verticalScrollBar()
        self._n_ticks += 1
        step = pull * _FULL_STEP_PX * (1 + self._n_ticks / _TICKS_TO_DOUBLE)
        before = bar.value()
        bar.setValue(before + round(max(-bar.pageStep(), min(bar.pageStep(), step))))
        if bar.value() == before:
            self.stop()
