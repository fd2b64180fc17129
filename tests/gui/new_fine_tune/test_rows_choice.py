"""Choosing the rows of a fine-tune, and the name that follows from them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import (
    ScriptedSession,
    ScriptedShelf,
    ScriptedTraining,
    job,
)
from tunedesk.core.errors import TunedeskError
from tunedesk.ui.again import OPEN_DATASET


def test_rows_of_any_dataset_and_side_are_learned_or_held_out(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    training: ScriptedTraining,
    session: ScriptedSession,
) -> None:
    exam = ScriptedSession("exam.jsonl", train=27, test=3, dataset_id=2)
    shelf = ScriptedShelf(session, exam)
    page = make_page(shelf=shelf)
    gui_loop.settle(page.ready.start.isEnabled)
    offered = [page.rows.test_box.itemText(n) for n in range(page.rows.test_box.count())]
    assert offered == [
        "marv.jsonl · train · 44 rows",
        "marv.jsonl · test · 10 rows",
        "marv.jsonl · train and test · 54 rows",
        "exam.jsonl · train",
        "exam.jsonl · test",
        "exam.jsonl · train and test · 30 rows",
        "no rows: without a held-out loss",
    ]
    page.rows.test_box.setFocus()
    for _ in range(4):
        qtbot.keyClick(page.rows.test_box, Qt.Key.Key_Down)
        gui_loop.settle(page.ready.start.isEnabled)
    asked = training.asked_of[-1]
    assert (asked.train.session, asked.train.part) == (session, "train")
    assert (asked.test.session, asked.test.part) == (exam, "both")
    qtbot.keyClick(page.rows.test_box, Qt.Key.Key_Down)
    gui_loop.settle(page.ready.start.isEnabled)
    assert training.asked_of[-1].test is None
    page.hide()
    gui_loop.settle(lambda: not shelf.beside_now)
    page.show()
    page.on_enter()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.rows.test_box.currentText() == "no rows: without a held-out loss"
    page.on_enter(OPEN_DATASET)
    assert page.rows.test_box.currentText() == "marv.jsonl · test · 10 rows"


def test_a_dataset_that_cannot_be_opened_is_the_reason(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, session: ScriptedSession
) -> None:
    shelf = ScriptedShelf(session, ScriptedSession("gone.jsonl", dataset_id=2))
    shelf.refusal = TunedeskError("gone", "gone.jsonl is gone.", "No such file.", "Look for it.")
    page = make_page(shelf=shelf)
    gui_loop.settle(page.ready.start.isEnabled)
    page.rows.train_box.setFocus()
    for _ in range(3):
        qtbot.keyClick(page.rows.train_box, Qt.Key.Key_Down)
    gui_loop.settle(lambda: "gone" in page.ready.reason.text())
    assert page.ready.reason.text() == "gone.jsonl is gone. No such file."
    assert not page.ready.start.isEnabled()


def test_a_name_that_a_job_has_already_is_not_suggested_again(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.put(job("a", "succeeded", name="marv"), job("b", "running", name="marv 2"))
    page = make_page()
    gui_loop.settle(lambda: page.what.name_text == "marv 3")
    page.what.name.setText("my own")
    page.on_enter()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.name_text == "my own"


def test_a_long_name_is_cut_with_a_sign_and_told_whole(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    name = f"{'support-conversations-' * 5}2026.jsonl"
    page = make_page(shelf=ScriptedShelf(ScriptedSession(name)))
    gui_loop.settle(page.ready.start.isEnabled)
    page.rows.train_box.grab()
    assert page.rows.train_box.toolTip() == f"{name} · train · 44 rows"
    assert page.what.model.toolTip() == ""  # it has room


def test_the_wheel_chooses_nothing_on_its_way_over_the_page(make_page: MakePage) -> None:
    page = make_page()
    place = QPointF(page.rows.train_box.rect().center())
    turned = QPoint(0, -120)
    for box in (page.rows.train_box, page.rows.test_box, page.what.model):
        before = box.currentIndex()
        event = QWheelEvent(
            place,
            QPointF(box.mapToGlobal(place.toPoint())),
            turned,
            turned,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(box, event)
        assert box.currentIndex() == before
        assert not event.isAccepted(), "the page is scrolled"
