"""Thai as it must be: lines break between words, marks stay on letters, no letter is a box."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QTextBoundaryFinder
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QApplication

from tunedesk.ui.theme.theme import ui_font

_WORDS = ["การ", "ปรับ", "แต่ง", "ภาษา", "ช่วย", "ให้", "น้ำเสียง", "คงที่", "และ", "แม่นยำ", "ขึ้น"]
_LETTERS = ["น้ำ", "นี้", "ที่", "ปุ๋", "ก็"]  # a vowel and a tone mark above, or one below, as one


def _pieces(kind: QTextBoundaryFinder.BoundaryType, text: str) -> list[str]:
    finder, places = QTextBoundaryFinder(kind, text), [0]
    while (place := finder.toNextBoundary()) != -1:
        places.append(place)
    return [text[a:b] for a, b in pairwise(places)]


def test_lines_break_between_words_and_never_before_a_mark() -> None:
    kinds = QTextBoundaryFinder.BoundaryType
    assert _pieces(kinds.Line, "".join(_WORDS)) == _WORDS
    assert _pieces(kinds.Grapheme, "".join(_LETTERS)) == _LETTERS


@pytest.mark.usefixtures("qapp")
def test_every_thai_letter_has_its_drawing(qapp: QApplication) -> None:
    text = "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C))))
    layout = QTextLayout(text, ui_font())
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    glyphs = [glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes()]
    assert len(glyphs) > 80
    assert 0 not in glyphs, "a letter is shown as a box"
