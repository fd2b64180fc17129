"""The same row as JSON: the way in for rows no form can hold."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from tunedesk.core.json_layout import compacted, formatted, same_but_for_space
from tunedesk.core.json_text import BOM, JSONTextError, decode_text, parse_text
from tunedesk.ui.pages.data.json_error import error_mark, error_words
from tunedesk.ui.pages.data.special_text import (
    escaped,
    shown_safely,
    turned,
    with_turns_back,
    with_turns_escaped,
)
from tunedesk.ui.pages.data.text_marks import TextMarks, units
from tunedesk.ui.pages.data.unseen_marks import paint_unseen
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit
from tunedesk.ui.widgets.tips import set_tip

MOST_CHARS = 60_000
"""Longer rows are shown in part and not edited here: one line of a megabyte stops a text box."""

_SHOWN_OF_LONG_CHARS = 8_000
_LOOK_PAUSE_MS = 150


class JsonView(QWidget):
    """`edited(raw)` with the new row's bytes when "Apply" is pressed or the row is left."""

    edited = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._raw = b""
        self._shown = ""
        self._note = ""
        self._turned: set[str] = set()
        self.text = _JsonEdit(theme)
        self.text.setAccessibleName(self.tr("Row as JSON"))
        self.marks = TextMarks(self.text.document(), theme, json=True)
        self.hint = PlainLabel("", "second", wrap=True)
        self.apply = button(self.tr("Apply"), self.commit, look="primary")
        self.revert = button(self.tr("Revert"), self._revert, look="quiet")
        self.format = button(self.tr("Format"), self._format, look="quiet")
        self.compact = button(self.tr("Compact"), self._compact, look="quiet")
        set_tip(self.format, self.tr("One member a line, for reading. The file keeps one line."))
        set_tip(self.compact, self.tr("Everything on one line"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_LOOK_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.text.textChanged.connect(self._typed)
        buttons = row(self.apply, self.revert, None, self.format, self.compact, spacing=4)
        self.setLayout(column(self.text, self.hint, buttons, margins=(12, 10, 12, 10)))

    def show_raw(self, raw: bytes) -> None:
        """Show the row; bytes that are not UTF-8, and very long rows, cannot be edited here."""
        if raw == self._raw and not self.text.isReadOnly() and self._is_untouched():
            return
        self._raw = raw
        try:
            text, editable = escaped(decode_text(raw)), True
            self._note = self.tr("One row is one line; line breaks inside a text are \\n.")
        except JSONTextError:
            text, editable = shown_safely(raw[: MOST_CHARS * 4].decode("utf-8", "replace")), False
            place = self.tr("Not UTF-8 at byte {n}: this row can only be set aside or deleted.")
            self._note = place.format(n=_first_bad_byte(raw))
        if len(text) > MOST_CHARS:
            words = self.tr("{n} characters: too long to edit here, its beginning is shown.")
            self._note = words.format(n=f"{len(text):,}") if editable else self._note
            text, editable = text[:_SHOWN_OF_LONG_CHARS], False
        self._turned = turned(text)
        self._shown = text = with_turns_escaped(text, self._turned)
        self.text.setReadOnly(not editable)
        for made in (self.format, self.compact):
            made.setEnabled(editable)
        self.text.setPlainText(text)
        self._look()

    def commit(self) -> None:
        """Hand over the text as a row on one line; white space between values is no change."""
        text = self.text.toPlainText()
        if self.text.isReadOnly() or self._is_untouched():
            return
        is_valid = self._error(text) is None
        line = compacted(text) if is_valid and "\n" in text else " ".join(text.split("\n"))
        if is_valid and self._error(self._shown) is None and same_but_for_space(text, self._shown):
            return
        self._shown = text
        line = with_turns_back(line, self._turned)
        mark = BOM if self._raw.startswith(BOM) else b""
        self.edited.emit(mark + line.encode("utf-8", "surrogatepass"))

    def focus_error(self) -> None:
        """Put the cursor where the text is broken, else at its beginning."""
        text = self.text.toPlainText()
        error = self._error(text)
        mark = error_mark(text, error) if error is not None else None
        cursor = self.text.textCursor()
        cursor.setPosition(units(text, mark.start) if mark is not None else 0)
        self.text.setTextCursor(cursor)
        self.text.setFocus()

    def _is_untouched(self) -> bool:
        return self.text.toPlainText() == self._shown

    def _revert(self) -> None:
        self.text.setPlainText(self._shown)

    def _format(self) -> None:
        self._lay_out(formatted(self.text.toPlainText()))

    def _compact(self) -> None:
        self._lay_out(compacted(self.text.toPlainText()))

    def _lay_out(self, text: str) -> None:
        if self._error(self.text.toPlainText()) is None:
            self.text.setPlainText(text)

    def _typed(self) -> None:
        self._pause.start()
        changed = not self._is_untouched() and not self.text.isReadOnly()
        self.apply.setEnabled(changed)
        self.revert.setEnabled(changed)

    def _look(self) -> None:
        self._pause.stop()
        text = self.text.toPlainText()
        error = None if self.text.isReadOnly() else self._error(text)
        self.hint.set_look("error" if error is not None else "second")
        self.hint.setText(error_words(error) if error is not None else self._note)
        mark = error_mark(text, error) if error is not None else None
        self.marks.show_marks([mark] if mark is not None else [], text)
        for made in (self.format, self.compact):
            made.setEnabled(error is None and not self.text.isReadOnly())

    def _error(self, text: str) -> JSONTextError | None:
        try:
            parse_text(text)
        except JSONTextError as error:
            return error
        return None


def _first_bad_byte(raw: bytes) -> int:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start + 1
    return 0


class _JsonEdit(PlainEdit):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFont(mono_font())
        self.setTabChangesFocus(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_unseen(self, self._theme.palette)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Plain text only, and what Qt would change as JSON escapes (faults U4, D5)."""
        if source.hasFormat("text/plain") and source.hasText():
            self.textCursor().insertText(escaped(source.text().replace("\r\n", "\n")))
