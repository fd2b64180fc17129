"""The window's first moment: empty, and really on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

_LONGEST_MS = 400
"""For a desktop that shows no window now, as one that is locked: the app starts all the same."""


def show_painted(window: QWidget, qt: QApplication) -> None:
    """Show the window and come back as soon as it is painted, or after a moment without."""
    watch, limit = _PaintWatch(window), QTimer()
    limit.setSingleShot(True)
    limit.start(_LONGEST_MS)
    window.show()
    while not watch.has_painted and limit.isActive():
        qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    window.removeEventFilter(watch)
    watch.deleteLater()


class _PaintWatch(QObject):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.has_painted = False
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.has_painted |= event.type() == QEvent.Type.Paint
        return False
