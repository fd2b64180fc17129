"""What nobody foresaw: told once in plain words, logged by place, and the app goes on."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk
from tunedesk import __version__
from tunedesk.app.error_log import ErrorLog
from tunedesk.core.errors import TunedeskError
from tunedesk.ui.widgets.ask import DialogAsk, words_of
from tunedesk.ui.widgets.crash_box import CrashBox

pytestmark = pytest.mark.allow_logs("^tunedesk.unexpected: ")

_SECRET = "sk-row-of-a-person"


def _fail() -> None:
    raise ValueError(_SECRET)


def _started(desks: Desks) -> RunningDesk:
    app = desks.start()
    app.until_open()
    return app


def _log(desks: Desks) -> str:
    path = desks.folders.data / "logs" / "tunedesk.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _assert_told_and_logged(app: RunningDesk, desks: Desks) -> None:
    error = app.until_told()
    assert isinstance(error, ValueError)
    title, text = words_of(error)
    assert _SECRET not in title + text
    assert "ValueError" in text
    assert "ValueError" in _log(desks)
    assert "in _fail" in _log(desks)
    assert _SECRET not in _log(desks)


def test_an_error_in_a_slot(desks: Desks) -> None:
    app = _started(desks)
    QTimer.singleShot(0, app.window, _fail)
    _assert_told_and_logged(app, desks)


def test_an_error_in_an_operation(desks: Desks) -> None:
    app = _started(desks)

    async def work() -> None:
        _fail()

    app.desk.operations.run(work(), owner=app.window)
    _assert_told_and_logged(app, desks)


def test_an_error_in_a_task_that_nobody_waits_for(desks: Desks) -> None:
    app = _started(desks)

    async def work() -> None:
        _fail()

    async def lose() -> None:
        lost = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        assert lost.done()

    app.loop.run(lose())
    gc.collect()
    _assert_told_and_logged(app, desks)


def test_an_error_in_a_callback_of_the_loop(desks: Desks) -> None:
    app = _started(desks)
    app.loop.loop.call_soon(_fail)
    _assert_told_and_logged(app, desks)


def test_an_error_in_words_is_told_and_not_logged(desks: Desks) -> None:
    app = _started(desks)

    async def work() -> None:
        raise TunedeskError("code", "Title.", "What.", "Next.")

    app.desk.operations.run(work(), owner=app.window)
    assert words_of(app.until_told()) == ("Title.", "What.\n\nNext.")
    assert _log(desks) == ""


def test_an_error_is_told_although_it_cannot_be_logged(desks: Desks) -> None:
    app = _started(desks)
    (desks.folders.data / "logs").write_bytes(b"a file where the folder should be")
    QTimer.singleShot(0, app.window, _fail)
    assert isinstance(app.until_told(), ValueError)


def test_the_log_turns_over_and_ends_with_the_app(tmp_path: Path) -> None:
    log = ErrorLog(tmp_path / "logs")
    log.close()
    assert not log.path.exists()
    try:
        _fail()
    except ValueError as error:
        for _ in range(6000):
            log.note(error)
    log.close()
    files = sorted(path.name for path in log.path.parent.iterdir())
    assert files == ["tunedesk.log", "tunedesk.log.1"]
    assert all(path.stat().st_size <= 500_000 for path in log.path.parent.iterdir())


def test_the_box_shows_word_for_word_what_a_report_holds(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    try:
        _fail()
    except ValueError as error:
        DialogAsk(window).tell(error)
    box = window.findChild(CrashBox)
    assert box is not None
    assert box.isVisible()
    qtbot.mouseClick(box.copy, Qt.MouseButton.LeftButton)
    report = QApplication.clipboard().text()
    assert report == box.report.toPlainText()
    lines = report.splitlines()
    assert lines[0] == f"Tunedesk {__version__}"
    assert lines[3] == "Error: ValueError"
    assert lines[-1].startswith("  test_errors.py:")
    assert lines[-1].endswith(" in _fail")
    assert _SECRET not in report
    assert str(Path(__file__).parent) not in report
    qtbot.mouseClick(box.close_button, Qt.MouseButton.LeftButton)
    assert not box.isVisible()
