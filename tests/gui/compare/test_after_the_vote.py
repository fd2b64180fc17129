"""A vote can be changed with a mark, and its winner put right; equal answers need none."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.compare_bench import PROMPTS, MakeBench
from tests.support.scripted_comparison import TUNED, ScriptedComparison, held_out
from tunedesk.services.compare.settings import CompareSettings
from tunedesk.ui.pages.compare.winner_editor import WinnerEditor


def test_equal_answers_to_a_row_are_skipped_and_counted(bench: MakeBench) -> None:
    comparison = ScriptedComparison([("The same.", "The same."), ("One.", "Two.")])
    made = bench(comparison)
    made.enter()
    made.until_revealed()
    assert made.page.judging.votes.outcome.text() == "No vote is needed."
    assert "counted and skipped" in made.page.judging.notice.text.text()
    assert comparison.skipped == [PROMPTS[0]]
    assert made.header_of("A") == made.header_of("B") == "Hidden until you vote"
    made.press(Qt.Key.Key_Right)
    made.until_votable()
    assert made.page.progress_text.text() == "Test set 2 of 3"
    assert comparison.votes == []


def test_u_changes_the_last_vote_with_a_mark(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    voted: list[bool] = []
    made.page.voted.connect(lambda: voted.append(True))
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_U)
    assert made.page.judging.votes.can_vote("A"), "before the vote there is nothing to change"
    made.press(Qt.Key.Key_2)
    proofs = [pane.proof for pane in made.page.judging.panes.values()]
    assert all(proof.isHidden() for proof in proofs), "it would tell who answered"
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    assert all(proof.isVisible() for proof in proofs)
    made.press(Qt.Key.Key_U)
    assert "the change is marked" in made.page.judging.notice.text.text()
    assert made.page.judging.votes.reasons == ["tone"]
    made.press(Qt.Key.Key_Down)
    made.until_revealed()
    assert comparison.votes == [("A", ("tone",), "")]
    assert comparison.changes == [("tie", ("tone",), "")]
    assert made.page.judging.votes.outcome.text() == "No winner in this round."
    assert voted == [True], "one vote, however often it is changed"


def test_a_vote_can_be_left_as_it_was(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    made.press(Qt.Key.Key_U)
    made.click("Leave the vote")
    assert made.page.judging.votes.outcome.text() == f"You chose {TUNED.label}."
    assert comparison.changes == []
    made.press(Qt.Key.Key_U)  # the keys go on after the click
    assert "the change is marked" in made.page.judging.notice.text.text()


def test_e_puts_the_winner_right_and_makes_a_row_of_it(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    rows: list[tuple[str, str]] = []
    made.page.row_wanted.connect(lambda round_id, text: rows.append((round_id, text)))
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_E)
    editor = made.page.judging.editor
    assert editor.isHidden(), "there is no winner yet"
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    made.press(Qt.Key.Key_E)
    assert editor.edit.toPlainText() == "Second one."
    made.bot.keyClicks(editor.edit, "U0 ")
    made.bot.keyClick(editor.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert editor.isHidden()
    assert rows == [("round-0", "U0 Second one.")]
    made.press(Qt.Key.Key_E)
    made.bot.keyClick(editor.edit, Qt.Key.Key_Escape)
    assert len(rows) == 1
    made.press(Qt.Key.Key_Right)
    made.until_votable()
    assert comparison.n_rounds == 2


def test_a_winner_too_long_to_be_edited_is_added_whole(qtbot: QtBot) -> None:
    long = "x" * 5_000_000
    editor = WinnerEditor()
    qtbot.addWidget(editor)
    rows: list[str] = []
    editor.saved.connect(rows.append)
    editor.open(long)
    assert editor.words.text().startswith("Too long to be edited here")
    assert editor.edit.isReadOnly()
    assert len(editor.edit.toPlainText()) < 10_000
    editor.save.click()
    assert rows == [long]
    editor.open("Short.")
    assert not editor.edit.isReadOnly()
    assert editor.edit.toPlainText() == "Short."


def test_answers_can_be_dragged_once_it_is_known_whose_they_are(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    panes = made.page.judging.panes
    assert not any(pane.grip.isVisible() for pane in panes.values())
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    assert all(pane.grip.isVisible() for pane in panes.values())
    won, lost = (panes[seat].grip._make() for seat in ("B", "A"))
    assert won is not None and lost is not None
    assert (won.round_id, won.text) == ("round-0", "Second one.")
    assert lost.round_id == ""  # no link to a vote that it lost
    asked, answered = json.loads(lost.row)["messages"]
    assert asked["content"] == PROMPTS[0]
    assert answered == {"role": "assistant", "content": "First answer."}
    made.press(Qt.Key.Key_Right)
    made.until_votable()
    assert not any(pane.grip.isVisible() for pane in panes.values())


def test_after_a_tie_there_is_no_winner_to_edit(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_Down)
    made.until_revealed()
    made.press(Qt.Key.Key_E)
    assert made.page.judging.editor.isHidden()
    assert not made.page.judging.votes.edit.isEnabled()


def test_an_answer_that_names_its_maker_is_told_after_the_vote_alone(bench: MakeBench) -> None:
    said = "As an AI developed by OpenAI, I cannot."
    comparison = ScriptedComparison([(said, "Second one.")])
    made = bench(comparison)
    made.enter()
    made.until_votable()
    assert made.page.judging.notice.isHidden()
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    notice = made.page.judging.notice
    made.loop.settle(lambda: "names its maker" in notice.text.text() and notice.isVisible())
    assert "A: “developed by OpenAI”" in made.page.judging.notice.text.text()


def test_own_reasons_have_the_keys_that_are_left(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.kept_settings = CompareSettings(own_reasons=["humour", "brevity"])
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_7)
    made.press(Qt.Key.Key_9)
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    assert comparison.votes == [("A", ("brevity",), "")]


def test_a_round_that_is_due_comes_once_more_and_the_walk_goes_on(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    comparison.repeats = held_out(PROMPTS[:1])
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    made.press(Qt.Key.Key_Right)
    made.until_votable()
    assert len(comparison.asked) == 1, "nobody is asked for it"
    assert made.page.progress_text.text() == "Test set 2 of 3"
    made.press(Qt.Key.Key_R)
    assert made.page.judging.reference.text.text() == "Ref."
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    made.press(Qt.Key.Key_Right)
    made.until_votable()
    assert comparison.asked[1][0]["content"] == PROMPTS[1]
