"""Chat as a person uses it: one box for all, branches, panes, what is kept and found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from tests.gui.chat.conftest import Bench
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_comparison import BASE, TUNED
from tests.support.widget_audit import nameless, out_of_reach, rich_labels
from tunedesk.ui.pages.chat.dialogs import DifferenceDialog
from tunedesk.ui.pages.chat.turn_views import PromptTurn

pytestmark = pytest.mark.usefixtures("qapp")


def test_one_prompt_asks_every_model_and_follow_ups_know_what_was_said(bench: Bench) -> None:
    bench.enter()
    assert [pane.identity.text() for pane in bench.page.panes] == ["base", "tuned"]
    bench.say("Capital of Italy?")
    bench.until_said(2)
    assert bench.answer(0).answer.text().strip() == "Rome, of course."
    bench.loop.settle(lambda: bench.answer(1).answer.is_settled)
    assert bench.answer(1).answer.plain_text().strip() == "Rome, if you insist."  # Markdown
    assert "4 tokens" in bench.answer(0).figures.text()
    bench.say("Sure?")
    bench.until_said(4)
    roles = [[message["role"] for message in asked.messages] for asked in bench.models.asked]
    assert roles == [["user"]] * 2 + [["user", "assistant", "user"]] * 2
    assert bench.page.list.list.item(0).text() == "Capital of Italy?"


def test_an_answer_that_is_written_can_be_stopped_and_asked_again(bench: Bench) -> None:
    bench.enter()
    bench.models.may_end.clear()
    bench.say("Capital of Italy?")
    bench.loop.settle(lambda: bench.says(1, "insist") and bench.says(1, "is writing"))
    assert not bench.page.box.send.isEnabled()
    bench.bot.keyClick(bench.page.box.text, Qt.Key.Key_Escape)
    bench.until_said(2)
    assert "cut off before its end" in bench.answer(0).figures.text()
    bench.click(bench.answer(0).retry)
    bench.loop.settle(lambda: bench.page.box.stop.isVisible())
    bench.page.box.stop.setFocus()
    bench.models.may_end.set()
    bench.loop.settle(lambda: bench.says(0, "4 tokens"))
    assert bench.window.focusWidget() is bench.page.box.text, "the keyboard does not leave"
    assert bench.answer(0).branch.words.text() == "2 of 2"
    bench.click(bench.answer(0).branch.back)
    bench.loop.settle(lambda: bench.says(0, "cut off"))
    assert len(bench.models.asked) == 3  # looking at a branch asks nobody


def test_a_prompt_put_another_way_is_asked_in_both_panes(bench: Bench) -> None:
    bench.enter()
    bench.say("Capital of Italy?")
    bench.until_said(2)
    bench.models.says[BASE.model] = "Paris."
    prompt = bench.turns(0)[0]
    assert isinstance(prompt, PromptTurn)
    bench.click(prompt.edit)
    assert bench.window.focusWidget() is prompt.box
    prompt.box.setPlainText("Capital of France?")
    bench.bot.keyClick(prompt.box, Qt.Key.Key_Return)
    assert bench.window.focusWidget() is bench.page.box.text, "the keyboard does not leave"
    bench.loop.settle(lambda: bench.says(0, "Paris."))
    bench.until_said(2)
    for pane in range(2):
        assert bench.turns(pane)[0].branch.words.text() == "2 of 2"
    bench.click(bench.turns(0)[0].branch.back)
    bench.loop.settle(lambda: bench.says(0, "Rome"))


def test_an_earlier_prompt_is_in_sight_while_it_is_put_another_way(bench: Bench) -> None:
    bench.models.says[BASE.model] = "Rome.\n\n" * 30
    bench.enter()
    bench.say("Capital of Italy?")
    bench.until_said(2)
    bar = bench.page.panes[0].transcript.verticalScrollBar()
    bench.loop.settle(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    prompt = bench.turns(0)[0]
    assert isinstance(prompt, PromptTurn)
    prompt.begin_edit()
    bench.loop.turn()
    bench.loop.settle(lambda: prompt.box.visibleRegion().boundingRect() == prompt.box.rect())


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_panes_are_added_chosen_set_and_taken_away(bench: Bench) -> None:
    bench.enter((TUNED,))
    assert len(bench.page.panes) == 1
    assert not bench.page.panes[0].close_it.isVisible()
    for _ in range(3):
        bench.click(bench.page.add)
    assert not bench.page.add.isEnabled()
    last = bench.page.panes[-1]
    last.model.setCurrentIndex(0)
    last.model.activated.emit(0)
    assert last.identity.text() == "base"
    bench.click(last.settings)
    popup = bench.page.settings_popup
    assert popup.for_all.isChecked()
    popup.for_all.setChecked(False)
    popup.sampling.temperature.setValue(0.0)
    popup.system.setPlainText("Be brief.")
    popup.system.document().setModified(True)
    popup.hide()
    bench.say("Capital of Italy?")
    bench.loop.settle(lambda: len(bench.models.asked) == 2)
    by_model = {asked.model: asked for asked in bench.models.asked}
    assert by_model[BASE.model].settings.temperature == 0.0
    assert by_model[BASE.model].messages[0] == {"role": "system", "content": "Be brief."}
    assert by_model[TUNED.model].messages[0]["role"] == "user"
    bench.loop.settle(lambda: not bench.page.box.stop.isVisible())
    bench.click(bench.page.panes[1].close_it)
    assert [view.pane_id for view in bench.page.panes] == [1, 3, 4]


def test_an_answer_is_copied_compared_and_made_a_row(bench: Bench) -> None:
    bench.enter()
    assert not bench.page.differ.isEnabled()
    bench.say("Capital of Italy?")
    bench.until_said(2)
    bench.click(bench.answer(0).copy)
    assert QGuiApplication.clipboard().text().strip() == "Rome, of course."
    bench.click(bench.answer(0).keep)
    (row,) = map(json.loads, bench.rows)
    assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
    bench.click(bench.page.differ)
    bench.loop.settle(lambda: isinstance(QApplication.activeModalWidget(), DifferenceDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, DifferenceDialog)
    assert [text.toPlainText().strip() for text in dialog.texts] == [
        "Rome, of course.",
        "Rome, if you **insist**.",
    ]
    assert nameless(dialog) == []
    dialog.choices[1].setCurrentIndex(0)
    dialog.choices[1].activated.emit(0)
    assert dialog.said.text() == "The answers are the same."
    dialog.accept()


def test_conversations_are_found_opened_saved_and_deleted(
    bench: Bench, gui_loop: GuiLoop, tmp_path: Path
) -> None:
    bench.enter()
    bench.say("Capital of Italy?")
    bench.until_said(2)
    bench.click(bench.page.list.new)
    assert bench.turns(0) == []
    bench.models.says[BASE.model] = "It boils."
    bench.say("And water?")
    bench.until_said(2)
    bench.loop.settle(lambda: bench.page.list.list.count() == 2)
    bench.bot.keyClicks(bench.page.list.search, "of course")
    bench.loop.settle(lambda: bench.page.list.list.count() == 1)
    bench.page.list.list.itemActivated.emit(bench.page.list.list.item(0))
    bench.loop.settle(lambda: bench.says(0, "Rome"))
    bench.ask.files = [tmp_path / "said.md"]
    gui_loop.run(bench.page._export("md"))
    assert "of course" in (tmp_path / "said.md").read_text()
    bench.page.list.delete_wanted.emit(bench.page.list._chats[0])
    bench.loop.settle(lambda: bench.page.list.list.count() == 0)
    assert "Capital of Italy?" in bench.ask.questions[0][1]
    assert bench.turns(0) == []
    bench.page.list.search.clear()
    bench.loop.settle(lambda: bench.page.list.list.count() == 1)


def test_every_control_has_a_name_and_a_key(bench: Bench) -> None:
    bench.enter()
    bench.say("Capital of Italy?")
    bench.until_said(2)
    for size in ((1440, 900), (1024, 700)):
        bench.window.resize(*size)
        bench.loop.turn()
        assert nameless(bench.page) == []
        bench.activate()
        assert out_of_reach(bench.page) == []
        assert rich_labels(bench.page) == []
        for pane in range(2):  # nothing is wider than its pane
            transcript = bench.page.panes[pane].transcript
            assert transcript.widget().width() <= transcript.viewport().width()


def test_scrolling_in_step(bench: Bench) -> None:
    bench.enter()
    bench.models.says = {BASE.model: "word\n\n " * 90, TUNED.model: "word\n\n " * 200}
    bench.say("Tell me.")
    bench.until_said(2)
    bars = [pane.transcript.verticalScrollBar() for pane in bench.page.panes]
    bench.loop.settle(lambda: all(bench.answer(n).answer.is_settled for n in range(2)))
    bench.loop.settle(lambda: min(bar.maximum() for bar in bars) > 1000)
    assert [bar.value() for bar in bars] == [bar.maximum() for bar in bars]  # it followed
    bench.click(bench.page.in_step)
    bars[0].setValue(bars[0].maximum() // 2)
    assert abs(bars[1].value() / bars[1].maximum() - 0.5) < 0.01
    bench.click(bench.page.in_step)
    bars[0].setValue(0)
    assert bars[1].value() > 0
