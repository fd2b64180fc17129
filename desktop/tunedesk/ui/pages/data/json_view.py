"""The same row as JSON: the way in for rows no form can hold."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from tunedesk.ui.pages.data.special_text import escaped
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel


class JsonView(QWidget):
    """`edited(raw)` with the new row's bytes when "Apply" is pressed; nothing is written before."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._raw = b""
        self._shown = ""
        self.text = QPlainTextEdit()
        self.text.setFont(mono_font())
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Row as JSON"))
        self.hint = PlainLabel("", "second", wrap=True)
        self.apply = button(self.tr("Apply"), self.commit, look="primary")
        self.revert = button(self.tr("Revert"), lambda: self.show_raw(self._raw), look="quiet")
        self.text.textChanged.connect(self._typed)
        self.setLayout(
            column(
                self.text,
                self.hint,
                row(self.apply, self.revert, None),
                margins=(12, 10, 12, 10),
            )
        )

    def show_raw(self, raw: bytes) -> None:
        """Show the row; bytes that are not UTF-8 are shown but cannot be edited here."""
        self._raw = raw
        try:
            self._shown, readable = escaped(raw.decode("utf-8")), True
        except UnicodeDecodeError as error:
            self._shown, readable = raw.decode("utf-8", "replace"), False
            place = self.tr("Not UTF-8 at byte {n}: this row can only be set aside or deleted.")
            self.hint.setText(place.format(n=error.start + 1))
        if readable:
            self.hint.setText(self.tr("One row is one line; line breaks inside a text are \\n."))
        self.text.setReadOnly(not readable)
        self.text.setPlainText(self._shown)
        self._typed()

    def commit(self) -> None:
        """Hand over the text as a row, joined to one line if a line break was typed."""
        text = self.text.toPlainText()
        if text != self._shown and not self.text.isReadOnly():
            self.edited.emit(" ".join(text.split("\n")).encode("utf-8", "surrogatepass"))

    def _typed(self) -> None:
        changed = self.text.toPlainText() != self._shown
        self.apply.setEnabled(changed)
        self.revert.setEnabled(changed)
