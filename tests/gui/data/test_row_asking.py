"""Drafts, tokens and what is learned, in the row panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, chat, preference, user
from tests.support.gui_loop import GuiLoop
from tests.support.row_bench import RowBench
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_row_help import BASE, ScriptedRowHelp, lesson
from tunedesk.core.errors import TunedeskError
from tunedesk.core.learned import Piece
from tunedesk.ui.operations import Operations

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def ask() -> ScriptedAsk:
    return ScriptedAsk()


@pytest.fixture
def helper(row: RowBench, operations: Operations, ask: ScriptedAsk) -> Iterator[ScriptedRowHelp]:
    made = ScriptedRowHelp()
    row.panel.serve(made, operations, ask)
    yield made
    row.panel.clear()


def _begin(row: RowBench, helper: ScriptedRowHelp, loop: GuiLoop) -> None:
    row.panel.draft.start(BASE, [user()])
    loop.settle(lambda: helper.drafts)


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)  # offscreen menus
def test_a_model_is_chosen_in_a_menu_and_gets_what_is_before_the_reply(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    panel = row.open(chat(user("One?"), assistant("Yes."), user("Two?"), assistant("Old.")))
    qtbot.mouseClick(panel.form.draft, _LEFT)
    menu = panel.form.draft.findChildren(QMenu)[0]
    assert [action.text() for action in menu.actions()] == ["Looking for models…"]
    gui_loop.settle(lambda: menu.actions()[0].isEnabled())
    assert [a.text() for a in menu.actions()] == ["SmolLM2"]
    menu.actions()[0].trigger()
    menu.close()
    assert helper.asked == [[user("One?"), assistant("Yes."), user("Two?")]]
    assert panel.draft.title.text() == "Draft by SmolLM2"


def test_a_draft_is_a_proposal_until_it_is_used(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    before = chat(user())
    panel = row.open(before)
    _begin(row, helper, gui_loop)
    helper.drafts[0].say("Far ไกล ")
    gui_loop.settle(lambda: panel.draft.text.toPlainText() == "Far ไกล ")
    assert not panel.draft.use.isEnabled()
    helper.drafts[0].say("away.")
    helper.drafts[0].finish("stop")
    gui_loop.settle(panel.draft.use.isEnabled)
    panel.commit()
    assert row.raw == before
    qtbot.mouseClick(panel.draft.use, _LEFT)
    assert row.raw == chat(user(), assistant("Far ไกล away."))
    assert panel.draft.isHidden()


def test_a_draft_takes_the_place_of_the_reply_there_is(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    for before, after in (
        (chat(user(), assistant("Old.", weight=1)), chat(user(), assistant("New.", weight=1))),
        (b'{"prompt": "p", "completion": "Old."}', b'{"prompt": "p", "completion": "New."}'),
        (preference(), preference(preferred_output=[assistant("New.")])),
    ):
        panel = row.open(before, number=len(helper.drafts) + 1)
        panel.draft.start(BASE, [user()])
        helper.drafts[-1].say("New.")
        helper.drafts[-1].finish("stop")
        gui_loop.settle(panel.draft.use.isEnabled)
        qtbot.mouseClick(panel.draft.use, _LEFT)
        assert row.raw == after


def test_a_draft_that_is_cut_off_is_asked_about(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot, ask: ScriptedAsk
) -> None:
    ask.says = False
    before = chat(user())
    panel = row.open(before)
    _begin(row, helper, gui_loop)
    helper.drafts[0].say("Half a")
    qtbot.mouseClick(panel.draft.stop, _LEFT)
    gui_loop.settle(panel.draft.use.isEnabled)
    assert "Cut off" in panel.draft.state.text()
    qtbot.mouseClick(panel.draft.use, _LEFT)
    gui_loop.settle(lambda: ask.questions)
    gui_loop.turn()
    assert row.raw == before
    ask.says = True
    qtbot.mouseClick(panel.draft.use, _LEFT)
    gui_loop.settle(lambda: row.raw != before)
    assert row.value["messages"][1]["content"] == "Half a"


def test_a_draft_is_thrown_away_by_button_and_with_its_row(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    panel = row.open(chat(user()))
    _begin(row, helper, gui_loop)
    qtbot.mouseClick(panel.draft.discard, _LEFT)
    assert panel.draft.isHidden()
    panel.draft.start(BASE, [user()])
    row.open(chat(user("Other?")), number=2)
    assert panel.draft.isHidden()
    helper.drafts[1].say("late")
    helper.drafts[1].finish("stop")
    gui_loop.turn()
    assert row.edits == []


def test_a_refused_draft_says_why(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop
) -> None:
    panel = row.open(chat(user()))
    _begin(row, helper, gui_loop)
    helper.drafts[0].finish(None, TunedeskError("x", "It broke.", "No memory.", "Wait."))
    gui_loop.settle(lambda: "It broke. No memory." in panel.draft.state.text())
    assert not panel.draft.use.isEnabled()


def test_tokens_are_counted_elsewhere_and_shown_at_each_message(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    row.open(chat(user("one two three"), assistant("four")))
    gui_loop.settle(lambda: row.cards[0].tokens.text() == "3")
    assert row.cards[1].tokens.text() == "1"
    qtbot.keyClicks(row.cards[1].text, "five ")
    row.panel.commit()
    gui_loop.settle(lambda: row.cards[1].tokens.text() == "2")
    row.open(preference(), 2)
    cards = row.panel.form.pair.answers.values()
    gui_loop.settle(lambda: [card.tokens.text() for card in cards] == ["2 tokens", "1 token"])
    row.open(b'{"prompt": "a b", "completion": "c"}', 3)
    tokens = row.panel.form.completion._tokens
    gui_loop.settle(lambda: tokens["prompt"].text() == "2 tokens")


def test_what_is_learned_is_marked_and_the_cut_is_drawn_and_said(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    pieces = (Piece("ask 👍 ", False), Piece("taught", True), Piece(" lost", False, True))
    helper.lessons = [
        lesson(*pieces, by_model="SmolLM2", limit_tokens=20, n_lost_tokens=7),
        lesson(Piece("x", True)),
    ]
    panel = row.open(chat())
    qtbot.mouseClick(panel.as_learned, _LEFT)
    reading = panel.learned.readings[0]
    gui_loop.settle(lambda: reading.text.toPlainText() == "ask 👍 taught lost")
    assert "As SmolLM2 reads this row" in panel.learned.words.text()
    assert reading.counts.text() == (
        "10 of 30 tokens are taught. "
        "The row is cut at 20 tokens: 7 taught tokens behind the line are lost."
    )
    marks = [(m.start, m.end, m.look) for m in reading.marks.marks]
    assert marks == [(0, 7, "context"), (7, 13, "taught"), (13, 18, "lost")]
    assert reading.text._cut_at == 13
    row.open(chat(user("Other?")), 2)
    gui_loop.settle(lambda: "By rule" in panel.learned.words.text())
    assert "The engine on this computer is off." in panel.learned.words.text()
    assert reading.text._cut_at is None


def test_what_one_does_not_see_is_spelled_out_where_nothing_is_edited(
    row: RowBench, helper: ScriptedRowHelp, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    helper.lessons = [lesson(Piece("a\u202eb\u2028", True))]
    panel = row.open(chat())
    qtbot.mouseClick(panel.as_learned, _LEFT)
    text = panel.learned.readings[0].text
    gui_loop.settle(lambda: text.toPlainText() == "a⟦U+202E⟧b\ufffd")
