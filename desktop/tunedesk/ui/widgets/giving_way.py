"""A line whose lesser parts give way where there is no room, instead of cutting every word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget


class GivingWay(QObject):
    """Hides parts of a line, the first named first, for as long as the line is too narrow.

    `line` is the layout of a widget, its host. A widget with a minimum width may shrink to it;
    all others need the room of their words. Whoever owns a part shows and hides what is *in* it.
    """

    def __init__(self, line: QHBoxLayout, parts: Sequence[QWidget]) -> None:
        host = line.parentWidget()
        assert host is not None, "the line must be a widget's layout"
        super().__init__(host)
        self._host, self._line, self._parts = host, line, tuple(parts)
        host.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() in {
            QEvent.Type.Resize,
            QEvent.Type.LayoutRequest,
            QEvent.Type.Show,
        }:
            self._arrange()
        return False

    def _arrange(self) -> None:
        room_px = self._host.width()
        n_gone = 0
        while n_gone < len(self._parts) and self._needed_px(self._parts[:n_gone]) > room_px:
            n_gone += 1
        for number, part in enumerate(self._parts):
            part.setVisible(number >= n_gone)

    def _needed_px(self, without: Sequence[QWidget]) -> int:
        items = [self._line.itemAt(n) for n in range(self._line.count())]
        widgets = [item.widget() for item in items if item is not None]
        shown = [
            widget
            for widget in widgets
            if widget is not None
            and widget not in without
            and (widget in self._parts or not widget.isHidden())
        ]
        margins = self._line.contentsMargins()
        gaps_px = self._line.spacing() * max(0, self._line.count() - 1 - len(without))
        return margins.left() + margins.right() + gaps_px + sum(map(_width_px, shown))


def _width_px(widget: QWidget) -> int:
    return widget.minimumWidth() or widget.sizeHint().width()
