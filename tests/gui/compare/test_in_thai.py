"""A round in Thai, in the smallest window: nothing is cut, before the vote and after it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.support.compare_bench import Bench, MakeBench
from tests.support.scripted_comparison import ScriptedComparison
from tests.support.speaking import thai
from tests.support.widget_audit import cut_texts, overlapping

__all__ = ["thai"]


@pytest.mark.usefixtures("thai")
def test_no_word_of_a_round_is_cut(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    made.loop.turn()
    assert made.page.progress_text.text() == "ทดสอบ 1/3"
    assert cut_texts(made.window) == []
    _fits(made)
    made.press(Qt.Key.Key_2)
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    made.loop.turn()
    assert cut_texts(made.window) == []


def test_the_smallest_window_holds_a_round_and_every_way_to_judge(bench: MakeBench) -> None:
    """In English, whose words are longer here."""
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    made.loop.turn()
    _fits(made)
    menu = made.page.offered_menu()
    assert [act.text() for act in menu.actions()] == [
        "Own prompts",
        "Free chat",
        "Rate one model alone",
    ]
    menu.deleteLater()


def _fits(made: Bench) -> None:
    """The window has the size that it was given, and no part lies over another."""
    assert made.window.minimumSizeHint().width() <= made.window.width() == 1024
    assert overlapping(made.window) == []
