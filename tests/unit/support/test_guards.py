"""The guards over every test see what they are there for, and forgive what ends by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.support import leaks
from tests.support.environment import REAL_ENVIRON, base_model_folder
from tests.support.leaks import nothing_left_behind
from tests.support.log_guard import no_unexpected_records


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "PATIENCE_S", 0.2)


@pytest.mark.allow_logs("made on purpose")
def test_a_warning_fails_even_where_the_logger_does_not_propagate() -> None:
    logger = logging.getLogger("tunedesk.test_guards")
    logger.propagate = False
    with pytest.raises(AssertionError, match="made on purpose"), no_unexpected_records([]):
        logger.warning("made %s", "on purpose")


@pytest.mark.allow_logs("made on purpose")
def test_an_announced_record_passes() -> None:
    with no_unexpected_records([r"^tunedesk\.test_guards: made on"]):
        logging.getLogger("tunedesk.test_guards").warning("made on purpose")


def test_information_passes() -> None:
    with no_unexpected_records([]):
        logging.getLogger("tunedesk.test_guards").info("all is well")


def test_a_thread_left_behind_is_named() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="left-over")
    with pytest.raises(AssertionError, match="left-over"), nothing_left_behind():
        thread.start()
    end.set()
    thread.join()


def test_a_thread_that_is_ending_is_forgiven() -> None:
    with nothing_left_behind():
        threading.Timer(0.05, lambda: None).start()


def test_a_task_left_behind_is_named() -> None:
    loop = asyncio.new_event_loop()
    with pytest.raises(AssertionError, match="tasks left behind"), nothing_left_behind():
        task = loop.create_task(asyncio.sleep(0), name="left-over")
    loop.run_until_complete(task)
    loop.close()


def test_a_window_left_behind_is_named(qapp: QApplication) -> None:
    with pytest.raises(AssertionError, match="windows left behind"), nothing_left_behind():
        window = QWidget()
        window.show()
    window.deleteLater()


def test_a_window_that_was_closed_is_forgiven(qapp: QApplication) -> None:
    with nothing_left_behind():
        window = QWidget()
        window.show()
        window.deleteLater()


def test_a_timer_left_running_is_named(qapp: QApplication) -> None:
    with pytest.raises(AssertionError, match="timers left running"), nothing_left_behind():
        timer = QTimer(qapp)
        timer.start(1000)
    timer.stop()
    timer.deleteLater()


def test_tests_have_a_home_of_their_own() -> None:
    assert os.environ["TUNEDESK_HOME"] != REAL_ENVIRON.get("TUNEDESK_HOME")
    assert os.environ["TUNEDESK_HOME"] not in str(base_model_folder())
