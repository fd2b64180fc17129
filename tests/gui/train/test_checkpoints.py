"""The states of the model that were kept, and those still to come, on the Train page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage, table_text, went_to
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import (
    TUNED,
    ScriptedAsk,
    ScriptedTraining,
    checkpoint,
    falling,
    job,
)
from tunedesk.ui.pages.train.checkpoints_model import Column
from tunedesk.ui.pages.train.page import TrainPage

LEFT = Qt.MouseButton.LeftButton


def test_checkpoints_that_are_and_those_to_come(qtbot: QtBot, make_page: MakePage) -> None:
    training = ScriptedTraining(job("j1", "running", falling(12), checkpoints=[checkpoint(11)]))
    page = make_page(training)
    assert table_text(page) == [
        ["1", "11", "2.85", "0.51", "Chat with it", "⋯"],
        ["2", "22", "in 10 steps", "", "", ""],
        ["3", "33", "in 21 steps", "", "", ""],
    ]
    asked = went_to(page)
    table = page.panel.checkpoints.table
    link = table.visualRect(table.checkpoints.index(0, Column.CHAT)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=link)
    table.setCurrentIndex(table.checkpoints.index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    to_come = table.visualRect(table.checkpoints.index(1, Column.CHAT)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=to_come)
    assert [name for name, _ in asked] == ["chat", "chat"]
    assert asked[0][1][1].model == f"{TUNED}:ckpt-step-11"  # type: ignore[index]


@pytest.mark.parametrize(("n_steps", "words"), [(21, "in 1 step"), (22, "being saved")])
def test_a_checkpoint_has_its_line_until_it_is_there(
    make_page: MakePage, n_steps: int, words: str
) -> None:
    view = job("j1", "running", falling(n_steps), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    assert [line[2] for line in table_text(page)][:2] == ["2.85", words]


def test_the_heads_of_the_checkpoints_are_whole(make_page: MakePage) -> None:
    view = job("j1", "running", falling(12), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    head = page.panel.checkpoints.table.horizontalHeader()
    words = ("Epoch", "Step", "Held-out loss", "Token acc.")
    for width_px in (1140, 1240):  # from where two cards are beside each other
        page.resize(width_px, 800)
        QApplication.processEvents()
        for column, word in enumerate(words):
            assert head.sectionSize(column) > head.fontMetrics().horizontalAdvance(word), width_px


def test_a_checkpoint_is_tuned_further(make_page: MakePage) -> None:
    view = job("j1", "running", falling(12), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    asked = went_to(page)
    choose(page, 0, "Tune further…")
    assert asked == [("new_fine_tune", ("local", f"{TUNED}:ckpt-step-11"))]


def test_a_kept_checkpoint_is_marked_and_named_and_let_go(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    view = job("j1", "running", falling(12), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    card = page.panel.checkpoints
    assert not card.kept_note.isVisible()
    choose(page, 0, "Keep as “marv-style · step 11”")
    gui_loop.settle(lambda: table_text(page)[0][1] == "11 ★")
    said = card.table.checkpoints.index(0, Column.STEP).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "step 11, kept as marv-style · step 11"
    assert "until you delete it" in card.kept_note.text() and card.kept_note.isVisible()
    choose(page, 0, "Keep no longer")
    gui_loop.settle(lambda: table_text(page)[0][1] == "11")


def choose(page: TrainPage, line: int, words: str) -> None:
    """Take an entry of a checkpoint's menu."""
    card = page.panel.checkpoints
    menu = card.menu_of(card.table.checkpoints.row(line))
    (action,) = [one for one in menu.actions() if one.text() == words]
    action.trigger()
    menu.deleteLater()


def test_the_menu_key_opens_the_menu_of_the_line(qtbot: QtBot, make_page: MakePage) -> None:
    view = job("j1", "running", falling(12), checkpoints=[checkpoint(11)])
    table = make_page(ScriptedTraining(view)).panel.checkpoints.table
    asked: list[object] = []
    table.menu_asked.disconnect()
    table.menu_asked.connect(lambda row, _place: asked.append(row.step))
    more = table.visualRect(table.checkpoints.index(0, Column.MORE)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=more)
    table.setCurrentIndex(table.checkpoints.index(0, 0))
    key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(table, key)
    assert asked == ["11", "11"]


def test_a_kept_checkpoint_is_renamed(
    gui_loop: GuiLoop, make_page: MakePage, ask: ScriptedAsk
) -> None:
    view = job("j1", "running", falling(12), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    choose(page, 0, "Keep as “marv-style · step 11”")
    gui_loop.settle(lambda: table_text(page)[0][1] == "11 ★")
    ask.new_name = "the dry one"
    choose(page, 0, "Rename…")
    step = page.panel.checkpoints.table.checkpoints.index(0, Column.STEP)
    said = Qt.ItemDataRole.AccessibleTextRole
    gui_loop.settle(lambda: step.data(said) == "step 11, kept as the dry one")
    assert ask.asked[-1][1] == "marv-style · step 11"
