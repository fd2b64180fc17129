"""Nothing tells which model is which before the vote (fault U7)."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt

from tests.support.compare_bench import MakeBench
from tests.support.scripted_comparison import BASE, TUNED, ScriptedComparison
from tests.support.widget_words import words_of

ROUNDS = 200
TELLTALES = (BASE.label, TUNED.label, BASE.model, TUNED.model)


def test_no_word_names_a_model_before_the_vote(bench: MakeBench) -> None:
    comparison = ScriptedComparison([(f"One {n}.", f"Two {n}.") for n in range(ROUNDS)])
    comparison.seats = random.Random(7).choices(["A", "B"], k=ROUNDS)  # type: ignore[assignment]
    made = bench(comparison, [f"Prompt {n}" for n in range(ROUNDS)])
    made.enter()
    for number in range(ROUNDS):
        made.until_votable()
        assert comparison.n_rounds == number + 1
        said = " ".join(words_of(made.window, leave_out=[made.page.picker, made.page.empty]))
        for telltale in (*TELLTALES, "base", "tuned"):
            assert telltale not in said, f"round {number}: {telltale!r} shows"
        made.press(Qt.Key.Key_Down)
        made.until_revealed()
        made.press(Qt.Key.Key_Return)


def test_both_panes_look_alike_before_the_vote(bench: MakeBench) -> None:
    # An odd width, so that both halves beside the hairline are equally wide.
    made = bench(ScriptedComparison([("Same.", "Same. ")]), size=(1025, 700))
    made.enter()
    made.until_votable()
    left, right = (made.page.judging.panes[seat].answer.grab().toImage() for seat in ("A", "B"))
    assert made.header_of("A") == made.header_of("B") == "Hidden until you vote"
    assert left == right


def test_figures_appear_only_with_the_vote(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    assert made.figures_of("A") == "length, time and speed appear after the vote"
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    assert made.figures_of("A") == "30 tokens · 1.5 s · 20 tokens a second"


def test_the_reveal_names_the_models_where_they_sat(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.seats = ["B"]
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_Right)
    made.until_revealed()
    assert made.header_of("A") == f"tuned {TUNED.label}"
    assert made.header_of("B") == f"base {BASE.label} your choice"
    assert made.page.judging.votes.outcome.text() == f"You chose {BASE.label}."
