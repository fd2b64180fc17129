"""A round in Thai, in the smallest window: nothing is cut, before the vote and after it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.support.compare_bench import MakeBench
from tests.support.scripted_comparison import ScriptedComparison
from tests.support.speaking import thai
from tests.support.widget_audit import cut_texts

__all__ = ["thai"]


@pytest.mark.usefixtures("thai")
def test_no_word_of_a_round_is_cut(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    made.loop.turn()
    assert made.page.progress_text.text() == "ทดสอบ 1/3"
    assert cut_texts(made.window) == []
    made.press(Qt.Key.Key_2)
    made.press(Qt.Key.Key_Left)
    made.until_revealed()
    made.loop.turn()
    assert cut_texts(made.window) == []
