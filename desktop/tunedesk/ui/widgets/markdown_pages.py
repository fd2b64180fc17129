"""How much of a huge answer is laid out at once, and the line that says that there is more."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel

PAGE_CHARS = 100_000
PAGE_LINES = 2_000


def end_of_pages(text: str, n_pages: int) -> int:
    """Where the first `n_pages` pages of `text` end: each has at most `PAGE_CHARS` characters and
    `PAGE_LINES` lines."""
    end = min(len(text), n_pages * PAGE_CHARS)
    n_lines = n_pages * PAGE_LINES
    if text.count("\n", 0, end) < n_lines:
        return end
    at = 0
    for _ in range(n_lines):
        at = text.index("\n", at) + 1
    return at


class MoreBar(QWidget):
    """Stands below a part of an answer. It names no figure: before a vote, length is not told.
    `wanted()` when the next part is to be shown."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = self.tr("Only the first part is shown. Copying takes the whole answer.")
        self.words = PlainLabel(words, "second", wrap=True)
        self.show_more = button(self.tr("Show more"), self.wanted.emit)
        self.setLayout(row(self.words, self.show_more, spacing=8))
        self.hide()
