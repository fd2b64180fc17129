"""Colours on parts of a plain text: JSON, differences, what is taught, where an error stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from tunedesk.ui.theme import Theme

_MOST_COLOURED_CHARS = 20_000
_JSON = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?|(?P<word>[-+\w.]+)')

# look: foreground, background, struck out
_LOOKS = {
    "key": ("accent", "", False),
    "text": ("ok", "", False),
    "word": ("warning", "", False),
    "added": ("ok", "ok_soft", False),
    "removed": ("error", "error_soft", True),
    "taught": ("ok", "ok_soft", False),
    "context": ("second", "", False),
    "lost": ("error", "error_soft", True),
}


class Mark(NamedTuple):
    """[start, end) in characters of the whole text; `look` is a key of the table, or "wrong"."""

    start: int
    end: int
    look: str


class TextMarks(QSyntaxHighlighter):
    """Draws marks; with `json` also the colours of JSON. The text itself is never changed."""

    def __init__(self, document: QTextDocument, theme: Theme, *, json: bool = False) -> None:
        super().__init__(document)
        self._theme, self._json = theme, json
        self._marks: tuple[Mark, ...] = ()
        self._has_astral = False
        theme.changed.connect(self.rehighlight)

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self._marks

    def show_marks(self, marks: Sequence[Mark], text: str) -> None:
        """Draw these instead; `text` is the document's, as characters."""
        new = tuple(marks if text.isascii() else (_in_units(mark, text) for mark in marks))
        if new != self._marks:
            self._marks = new
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._json:
            self._colour_json(text)
        start = self.currentBlock().position()
        end = start + self.currentBlock().length()
        for mark in self._marks:
            first, last = max(mark.start, start), min(mark.end, end)
            if first < last:
                self.setFormat(first - start, last - first, self._format(mark.look))

    def _colour_json(self, text: str) -> None:
        shown = text[:_MOST_COLOURED_CHARS]
        for found in _JSON.finditer(shown):
            look = "word" if found["word"] else "key" if found["colon"] else "text"
            start, end = found.span("word" if found["word"] else "text")
            if not shown.isascii():
                start, end, look = _in_units(Mark(start, end, look), shown)
            self.setFormat(start, end - start, self._format(look))

    def _format(self, look: str) -> QTextCharFormat:
        made = QTextCharFormat()
        palette = self._theme.palette
        if look == "wrong":
            made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            made.setUnderlineColor(palette.color("error"))
            made.setBackground(palette.color("error_soft"))
            return made
        ink, ground, is_struck = _LOOKS[look]
        made.setForeground(palette.color(ink))
        if ground:
            made.setBackground(palette.color(ground))
        made.setFontStrikeOut(is_struck)
        return made


def units(text: str, at: int) -> int:
    """Qt counts UTF-16 units, Python characters."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def _in_units(mark: Mark, text: str) -> Mark:
    return Mark(units(text, mark.start), units(text, mark.end), mark.look)
