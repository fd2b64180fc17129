"""While a start is under way it says how far it is, and can be given up."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedSession, ScriptedTraining, ready
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import CheckState
from tunedesk.services.train.training import ReadyCheck, StartProgress, StartStage

MB = 1_000_000


def progress(stage: StartStage, done_bytes: int = 0, total_bytes: int = 0) -> StartProgress:
    return StartProgress(
        name="marv",
        provider_name="OpenAI",
        stage=stage,
        done_bytes=done_bytes,
        total_bytes=total_bytes,
    )


def test_it_counts_what_is_sent_and_is_gone_at_the_end(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    assert not page.strip.isVisible()
    training.show_start(progress(StartStage.UPLOADING, 40 * MB, 120 * MB))
    gui_loop.settle(page.strip.isVisible)
    assert page.strip.words.text() == "Uploading 40 of 120 MB to OpenAI: marv"
    assert page.strip.bar.value() == 333
    assert not page.ready.start.isEnabled()
    assert page.strip.bar.accessibleName() == page.strip.words.text()
    for stage, words in (
        (StartStage.FREEZING, "Putting the rows aside: marv"),
        (StartStage.PROCESSING, "OpenAI reads the file: marv"),
        (StartStage.CREATING, "Asking OpenAI for the job: marv"),
    ):
        training.show_start(progress(stage))
        gui_loop.settle(lambda words=words: page.strip.words.text() == words)
        assert page.strip.bar.maximum() == 0
        assert page.strip.cancel.isVisible() == (stage is not StartStage.CREATING)
    training.show_start(None)
    gui_loop.settle(lambda: not page.strip.isVisible())


def test_it_counts_rows_while_they_are_checked(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    for stage, words in (
        ("rows", "Checking 250,000 of 1,000,000 rows: marv"),
        ("tokens", "Counting tokens, 250,000 of 1,000,000 rows: marv"),
        ("texts", "Reading texts, 250,000 of 1,000,000 rows: marv"),
        ("alike", "Comparing texts, 250,000 of 1,000,000 rows: marv"),
    ):
        state = CheckState(stage, 250_000, 1_000_000)
        shown = msgspec.structs.replace(progress(StartStage.CHECKING), check=state)
        training.show_start(shown)
        gui_loop.settle(lambda words=words: page.strip.words.text() == words)
        assert page.strip.bar.value() == 250
        assert page.strip.cancel.isVisible()


def test_small_files_are_counted_in_kilobytes(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    training.show_start(progress(StartStage.UPLOADING, 1500, 9_400))
    gui_loop.settle(page.strip.isVisible)
    assert page.strip.words.text() == "Uploading 1 of 9 kB to OpenAI: marv"


def test_cancel_gives_the_start_up_once(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    training.show_start(progress(StartStage.UPLOADING, 1, 2))
    gui_loop.settle(page.strip.isVisible)
    page.strip.cancel.setFocus()
    qtbot.keyClick(page.strip.cancel, Qt.Key.Key_Space)
    gui_loop.settle(lambda: training.n_start_cancels)
    assert training.n_start_cancels == 1


def test_nothing_else_is_started_meanwhile(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.start_progress = progress(StartStage.UPLOADING, 1, 2)
    page = make_page()
    gui_loop.settle(lambda: page.ready.reason.text() == "Another fine-tune is being started.")
    assert not page.ready.start.isEnabled()
    training.show_start(None)
    gui_loop.settle(page.ready.start.isEnabled)


def test_each_check_is_shown_as_soon_as_it_is_known_and_the_look_can_be_stopped(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    training: ScriptedTraining,
    session: ScriptedSession,
) -> None:
    training.hold = True
    page = make_page()
    gui_loop.settle(lambda: training.waiting)
    rows = ReadyCheck(code="train_rows", level="ok", args={"n": 44, "needed": 10})
    busy = ReadyCheck(code="tokens_counted", level="busy", args={"n": 9, "total": 54})
    session.looked_at(CheckState("tokens", 9, 54))
    training.tell([rows, busy], None)
    shown = [line.text.text() for line in page.ready.lines if not line.isHidden()]
    assert shown == ["44 train rows valid", "tokens of 9 of 54 rows counted"]
    assert page.ready.reason.text() == "Checking…"
    assert page.check_strip.bar.value() == 166
    session.looked_at(CheckState("alike", 0, 54))  # is no other question
    training.tell([rows], ready())
    assert page.ready.numbers.value("Trained tokens") == "3,489"
    assert len(training.plans) == 1
    gui_loop.turn(20)
    qtbot.mouseClick(page.check_strip.stop, Qt.MouseButton.LeftButton)
    training.waiting[0].set_exception(TunedeskError("check_stopped", "Not", "to the", "end."))
    gui_loop.settle(page.check_strip.go_on.isVisible)
    assert page.ready.reason.text() == "The rows are not all looked at."
    training.hold = False
    session.is_check_stopped = False
    qtbot.mouseClick(page.check_strip.go_on, Qt.MouseButton.LeftButton)
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.check_strip.isHidden()
