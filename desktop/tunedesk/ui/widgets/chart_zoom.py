"""A chart that is zoomed by dragging a range. Imports pyqtgraph, so it comes late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg

from tunedesk.ui.theme import Palette


class ZoomBox(pg.ViewBox):  # type: ignore[misc]
    """`zoomed(low, high)` when a range of steps was dragged."""

    def __init__(self, zoomed: Callable[[float, float], object]) -> None:
        super().__init__(enableMenu=False)
        self._zoomed = zoomed
        self._range = pg.LinearRegionItem(movable=False)
        self._range.hide()
        self.addItem(self._range, ignoreBounds=True)

    def recolour(self, palette: Palette) -> None:
        color = palette.color("accent")
        for line in self._range.lines:
            line.setPen(pg.mkPen(color, width=1))
        color.setAlpha(40)
        self._range.setBrush(color)

    def mouseDragEvent(self, ev: Any, axis: Any = None) -> None:
        ev.accept()
        low = float(self.mapToView(ev.buttonDownPos()).x())
        high = float(self.mapToView(ev.pos()).x())
        if not ev.isFinish():
            self._range.setRegion((low, high))
            self._range.show()
            return
        self._range.hide()
        if low != high:
            self._zoomed(min(low, high), max(low, high))
