"""A text of any length in a growing box: a long one comes in pieces, each of which is edited."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.special_text import piece_starts, shown_safely, survives_editing
from tunedesk.ui.pages.data.unseen_marks import unseen_words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel


class LongText(QWidget):
    """`committed(text)` with the whole text. What Qt would change is shown but not edited."""

    committed = Signal(str)

    def __init__(self, theme: Theme, name: str, *, look: str = "bare", least_px: int = 0) -> None:
        super().__init__()
        self._text = ""
        self._starts = [0]
        self._at = 0
        self._pager: QWidget | None = None
        self.is_editable = True
        self.edit = GrowingEdit(theme=theme, least_px=least_px)
        if look:
            self.edit.setProperty("look", look)
        self.edit.setAccessibleName(name)
        self.edit.committed.connect(self._piece_committed)
        self.note = PlainLabel("", "second", wrap=True)
        self.note.hide()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(2)
        self._box.addWidget(self.edit)
        self._box.addWidget(self.note)

    @property
    def text(self) -> str:
        """The whole text as shown last."""
        return self._text

    def show_text(self, text: str, *, editable: bool = True) -> None:
        """Show a text; the same piece of it stays open where that is possible."""
        if text != self._text:
            self._text = text
            self._starts = piece_starts(text)
            self._at = min(self._at, len(self._starts) - 1)
        held = survives_editing(text)
        self.is_editable = editable and held
        self._say(held)
        self._show_piece()

    def _say(self, held: bool) -> None:
        words = unseen_words(self._text)
        if not held:
            words = self.tr("Holds characters a text box would change; edit this row as JSON.")
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _show_piece(self) -> None:
        if len(self._starts) > 1 and self._pager is None:
            self._add_pager()
        if self._pager is not None:
            self._pager.setVisible(len(self._starts) > 1)
            place = self.tr("Part {n} of {all} of a text of {chars} characters")
            chars = f"{len(self._text):,}"
            self._place.setText(place.format(n=self._at + 1, all=len(self._starts), chars=chars))
            self._back.setEnabled(self._at > 0)
            self._on.setEnabled(self._at + 1 < len(self._starts))
        start, end = self._bounds()
        piece = self._text[start:end]
        held = survives_editing(piece)
        self.edit.setReadOnly(not (self.is_editable and held))
        self.edit.show_text(piece if held else shown_safely(piece))

    def _bounds(self) -> tuple[int, int]:
        ends = [*self._starts[1:], len(self._text)]
        return self._starts[self._at], ends[self._at]

    def _piece_committed(self, piece: str) -> None:
        start, end = self._bounds()
        self._text = self._text[:start] + piece + self._text[end:]
        grown = start + len(piece) - end
        self._starts = [at if at <= start else at + grown for at in self._starts]
        self.committed.emit(self._text)

    def _add_pager(self) -> None:
        self._pager = QWidget()
        self._place = PlainLabel("", "second", wrap=True)
        self._back = button("‹", lambda: self._go(-1), look="quiet", name=self.tr("Part before"))
        self._on = button("›", lambda: self._go(1), look="quiet", name=self.tr("Next part"))
        line = row(self._place, self._back, self._on, spacing=2)
        line.setStretch(0, 1)
        self._pager.setLayout(line)
        self._box.insertWidget(1, self._pager)

    def _go(self, step: int) -> None:
        self.edit.commit()
        self._at = min(max(0, self._at + step), len(self._starts) - 1)
        self._show_piece()
        self.edit.begin()
