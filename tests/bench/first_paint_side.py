"""The started side of `first_paint`: says the clock at the first paint, and is gone."""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


def ours() -> None:
    """Tunedesk, as its command starts it."""
    from tunedesk.app import start

    start.show_painted = show_watched
    start.start([])


def show_watched(window: QWidget, qt: QApplication) -> None:
    """In the place of `start.show_painted`."""
    _AtFirstPaint(window)
    window.show()
    qt.exec()


def bare() -> None:
    """The least that is a window."""
    app = QApplication([])
    window = QWidget()
    window.resize(1200, 800)
    _AtFirstPaint(window)
    window.show()
    app.exec()


class _AtFirstPaint(QObject):
    """Child of the window that it watches; the whole of it is painted when the timer comes."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        sys.stdout.write(f"{time.monotonic_ns()}\n")
        sys.stdout.flush()
        os._exit(0)
