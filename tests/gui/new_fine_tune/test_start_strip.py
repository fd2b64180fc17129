"""While a start is under way it says how far it is, and can be given up."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedTraining
from tunedesk.services.dataset.session import CheckState
from tunedesk.services.train.training import StartProgress, StartStage

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
