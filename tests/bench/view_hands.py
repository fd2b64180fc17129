"""Hands on a table of rows, with a watch: each gesture's time up to the end of its repaint."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QTableView, QWidget

_BEAT_MS = 10
_LONGEST_S = 1_200.0
_NONE = Qt.KeyboardModifier.NoModifier
Wish = Callable[[], object] | float


def watch_paints(kind: type[Any], painted: Callable[[Any], object]) -> None:
    """`painted(widget)` after each paint event of widgets of this class."""
    paint = kind.paintEvent

    def paint_event(widget: Any, event: Any) -> None:
        paint(widget, event)
        painted(widget)

    kind.paintEvent = paint_event


class Heart(QObject):
    """Beats every 10 ms while the GUI thread is free; `gaps_ms` are the times between beats,
    `busy_ms` what the thread itself worked in them: that is no other program's doing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps_ms: list[float] = []
        self.busy_ms: list[float] = []
        self._at_s = self._worked_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Count anew from now."""
        self.gaps_ms, self._at_s = [], time.perf_counter()
        self.busy_ms, self._worked_s = [], time.thread_time()
        self._timer.start()

    def stop(self) -> list[float]:
        """The gaps, the one that has not ended yet too."""
        self._beat()
        self._timer.stop()
        return self.gaps_ms

    def _beat(self) -> None:
        now_s = time.perf_counter()
        self.gaps_ms.append((now_s - self._at_s) * 1e3)
        self._at_s = now_s
        worked_s = time.thread_time()
        self.busy_ms.append((worked_s - self._worked_s) * 1e3)
        self._worked_s = worked_s


class Paints(QObject):
    """Counts a widget's paint events."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.n_seen = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.n_seen += event.type() == QEvent.Type.Paint
        return False


class Hands:
    """What a person does to `view`; each call returns milliseconds."""

    def __init__(self, view: QTableView) -> None:
        self.view = view
        self._paints = Paints(view.viewport())

    def timed_ms(self, act: Callable[[], object]) -> float:
        """Do it and wait until what it changed is painted."""
        self._settle()
        seen, start_s = self._paints.n_seen, time.perf_counter()
        act()
        while self._paints.n_seen == seen:
            assert time.perf_counter() - start_s < _LONGEST_S, "nothing was painted"
            QCoreApplication.processEvents()
        QCoreApplication.processEvents()
        return (time.perf_counter() - start_s) * 1e3

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> float:
        """A key pressed and let go."""
        return self.timed_ms(lambda: self.press(key, modifiers))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        """As `key`, without waiting."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.sendEvent(self.view, QKeyEvent(kind, key, modifiers))

    def scroll(self, pixels: int) -> float:
        """One step of a touch pad's wheel."""
        return self.timed_ms(lambda: self._wheel(pixels))

    def _wheel(self, pixels: int) -> None:
        viewport = self.view.viewport()
        place = QPointF(viewport.rect().center())
        event = QWheelEvent(
            place,
            QPointF(viewport.mapToGlobal(place.toPoint())),
            QPoint(0, -pixels),
            QPoint(0, -pixels),
            Qt.MouseButton.NoButton,
            _NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(viewport, event)

    def _settle(self) -> None:
        for _ in range(3):
            QCoreApplication.processEvents()


class Script(QObject):
    """Runs a generator beside the event loop: it yields until something is so, or seconds."""

    def __init__(self, steps: Iterator[Wish], done: Callable[[], object]) -> None:
        super().__init__()
        self._steps, self._done = steps, done
        self._end_s = 0.0
        self._is_so: Callable[[], object] = lambda: True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        self._timer.start(0)

    def _go_on(self) -> None:
        if not self._is_so():
            assert time.perf_counter() < self._end_s, "it never came true"
            self._timer.start(5)
            return
        try:
            wish = next(self._steps)
        except StopIteration:
            self._done()
            return
        if isinstance(wish, float):
            self._is_so = lambda: True
            self._timer.start(round(wish * 1e3))
        else:
            self._is_so, self._end_s = wish, time.perf_counter() + _LONGEST_S
            self._timer.start(0)
