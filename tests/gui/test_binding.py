"""The installed Python and PySide6 get along (fault A1).

PySide6 6.12.0 on Python 3.11 aborts the interpreter after some hundred signal emits.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

N_EMITS = 200_000
N_TIMER_CYCLES = 20_000
N_WIDGETS = 1_000


class _Sender(QObject):
    said = Signal(int, str, object)


def test_200_000_signals_arrive(qapp: QApplication) -> None:
    sender = _Sender()
    n_heard = 0

    def hear(number: int, text: str, thing: object) -> None:
        nonlocal n_heard
        n_heard += number == thing and text == "x"

    sender.said.connect(hear)
    for number in range(N_EMITS):
        sender.said.emit(number, "x", number)
    assert n_heard == N_EMITS


def test_20_000_timer_cycles_run(qtbot: QtBot) -> None:
    n_run = 0

    def again() -> None:
        nonlocal n_run
        n_run += 1
        if n_run < N_TIMER_CYCLES:
            QTimer.singleShot(0, again)

    again()
    qtbot.waitUntil(lambda: n_run == N_TIMER_CYCLES, timeout=60_000)


def test_1_000_widgets_come_and_go(qapp: QApplication) -> None:
    n_clicked = 0

    def count() -> None:
        nonlocal n_clicked
        n_clicked += 1

    for _ in range(N_WIDGETS):
        window = QWidget()
        button = QPushButton("press", window)
        QVBoxLayout(window).addWidget(button)
        button.clicked.connect(count)
        window.show()
        button.click()
        window.close()
        window.deleteLater()
        qapp.processEvents()
    assert n_clicked == N_WIDGETS
