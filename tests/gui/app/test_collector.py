"""Garbage of Qt's is taken apart in the thread it lives in, whatever other threads do meanwhile."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tunedesk.app.collector import Collector

_OBJECTS = 200_000
"""Made by a thread; by itself Python would look for garbage some 280 times in that."""


def test_a_widget_that_is_garbage_waits_for_the_windows_thread(qapp: QApplication) -> None:
    collector = Collector()
    ends: list[threading.Thread] = []
    _leave_a_widget(ends)
    busy = threading.Thread(target=lambda: [[number] for number in range(_OBJECTS)])
    busy.start()
    busy.join()
    assert not ends
    _work_until(ends, collector)
    assert ends == [threading.current_thread()]
    qapp.processEvents()


def test_garbage_that_was_in_use_for_long_is_found_too(qapp: QApplication) -> None:
    gc.collect()  # a collection of everything is not due then before the widget is garbage
    collector = Collector()
    ends: list[threading.Thread] = []
    in_use = _leave_a_widget(ends)
    for _ in range(40):
        _work(collector)
    assert not ends
    del in_use
    _work_until(ends, collector)
    assert ends == [threading.current_thread()]


def _work_until(ends: list[threading.Thread], collector: Collector) -> None:
    for _ in range(1_000):
        if ends:
            return
        _work(collector)


def _work(collector: Collector) -> None:
    kept = [[number] for number in range(1_000)]
    collector.step()
    del kept


def _leave_a_widget(ends: list[threading.Thread]) -> QWidget:
    """A widget with a timer that runs, in a circle with itself: of use as long as it is held."""
    widget = QWidget()
    widget.circle = widget  # type: ignore[attr-defined]
    timer = QTimer(widget)
    timer.start(1)
    weakref.finalize(widget, lambda: ends.append(threading.current_thread()))
    return widget
