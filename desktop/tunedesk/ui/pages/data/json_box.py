"""A box for a piece of JSON: coloured, with the error's place underlined and said."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.core.json_text import JSONTextError, parse_text
from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.json_error import error_mark, error_words
from tunedesk.ui.pages.data.text_marks import TextMarks
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.text import PlainLabel


class JsonBox(QWidget):
    """`committed(text)` of what was typed, valid or not; `wants_valid` keeps broken text back."""

    committed = Signal(str)

    def __init__(self, theme: Theme, name: str, *, wants_valid: bool = False) -> None:
        super().__init__()
        self._wants_valid = wants_valid
        self.edit = GrowingEdit(theme=theme, max_lines=16)
        self.edit.setFont(mono_font())
        self.edit.setAccessibleName(name)
        self.marks = TextMarks(self.edit.document(), theme, json=True)
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.problem.hide()
        self.edit.textChanged.connect(self._look)
        self.edit.committed.connect(self._committed)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.edit)
        box.addWidget(self.problem)

    def show_text(self, text: str, *, editable: bool = True) -> None:
        self.edit.setReadOnly(not editable)
        self.edit.show_text(text)
        self._look()

    @property
    def error(self) -> JSONTextError | None:
        """What is wrong with the text as it stands."""
        try:
            parse_text(self.edit.toPlainText())
        except JSONTextError as error:
            return error
        return None

    def _look(self) -> None:
        error, text = self.error, self.edit.toPlainText()
        self.problem.setText(error_words(error) if error is not None else "")
        self.problem.setVisible(error is not None)
        marks = [error_mark(text, error)] if error is not None else []
        self.marks.show_marks([mark for mark in marks if mark is not None], text)

    def _committed(self, text: str) -> None:
        if not self._wants_valid or self.error is None:
            self.committed.emit(text)
