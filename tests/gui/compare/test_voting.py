"""Votes by key and by click, and the keys that must not vote."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.support.compare_bench import MakeBench
from tests.support.scripted_comparison import ScriptedComparison, held_out


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        (Qt.Key.Key_Left, "A"),
        (Qt.Key.Key_Down, "tie"),
        (Qt.Key.Key_0, "both_bad"),
        (Qt.Key.Key_Right, "B"),
    ],
)
def test_a_key_votes(bench: MakeBench, key: Qt.Key, choice: str) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(key)
    made.until_revealed()
    assert comparison.votes == [(choice, (), "")]


@pytest.mark.parametrize(
    ("word", "choice"),
    [("A is better", "A"), ("Tie", "tie"), ("Both bad", "both_bad"), ("B is better", "B")],
)
def test_a_click_votes(bench: MakeBench, word: str, choice: str) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.click(word)
    made.until_revealed()
    assert comparison.votes == [(choice, (), "")]


def test_forty_pairs_by_keys_alone(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    comparison.held_out = held_out([f"Question {n}?" for n in range(40)])
    made.enter()
    keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_0)
    for number in range(40):
        made.until_votable()
        made.press(keys[number % len(keys)])
        made.until_revealed()
        if number < 39:
            made.press(Qt.Key.Key_Return)
    assert [choice for choice, *_ in comparison.votes] == ["A", "B", "tie", "both_bad"] * 10


def test_reasons_and_note_go_with_the_vote(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_1)
    made.press(Qt.Key.Key_2)
    made.press(Qt.Key.Key_1)
    made.click("Reason: safety")
    made.press(Qt.Key.Key_N)
    made.bot.keyClicks(made.page.judging.votes.note, "dry, as asked")
    made.press(Qt.Key.Key_Return)
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    assert comparison.votes == [("B", ("tone", "safety"), "dry, as asked")]


def test_typing_a_note_neither_votes_nor_presses_chips(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_N)
    made.bot.keyClicks(made.page.judging.votes.note, "0 r 1 n 5")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Down):
        made.press(key)
    made.loop.turn(20)
    assert made.page.judging.votes.note.text() == "0 r 1 n 5"
    assert comparison.votes == []
    assert made.page.judging.votes.reasons == []
    assert made.page.judging.reference.isHidden()


def test_nothing_votes_while_an_answer_is_being_written(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.may_write.clear()
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: comparison.n_rounds == 1)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_0):
        made.press(key)
    made.loop.turn(20)
    assert comparison.votes == []
    comparison.may_write.set()
    made.until_votable()
    assert comparison.votes == []


def test_a_vote_is_taken_once(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_Left)
    made.press(Qt.Key.Key_Left)
    made.press(Qt.Key.Key_Down)
    made.until_revealed()
    made.press(Qt.Key.Key_Left)
    made.loop.turn(20)
    assert comparison.votes == [("A", (), "")]


def test_identical_answers_to_a_typed_prompt_are_said_to_be_and_only_tie(bench: MakeBench) -> None:
    comparison = ScriptedComparison([("The same.", "The same.")])
    made = bench(comparison, prompts=())
    made.enter()
    box = made.page.judging.prompt_box
    made.loop.settle(box.isVisible)
    made.bot.keyClicks(box.text, "Well?")
    made.bot.keyClick(box.text, Qt.Key.Key_Return)
    made.until_votable()
    assert made.page.judging.notice.text.text() == "The two answers are the same, word for word."
    made.press(Qt.Key.Key_Left)
    made.loop.turn(20)
    assert comparison.votes == []
    made.press(Qt.Key.Key_Down)
    made.until_revealed()
    assert comparison.votes == [("tie", (), "")]
