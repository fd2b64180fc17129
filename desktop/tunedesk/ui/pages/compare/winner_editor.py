"""The winner's answer, put right and taken into the dataset as a training row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

MOST_CHARS = 100_000
_SHOWN_OF_LONG_CHARS = 8_000


class WinnerEditor(QFrame):
    """`saved(text)` or `left()`; hidden until `open`. Untouched text keeps its bytes. Of a text
    longer than MOST_CHARS the beginning is shown, to be added whole as it is."""

    saved = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reference")
        self._text = ""
        self.edit = PlainEdit()
        self.edit.setAccessibleName(self.tr("The winner's answer, to be put right"))
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(132)
        self.edit.installEventFilter(self)
        self.save = button(self.tr("Add to the dataset"), self._save, look="primary")
        self.cancel = button(self.tr("Leave it"), self._leave)
        self.words = PlainLabel("", "second")
        line = row(self.words, None, self.cancel, self.save)
        self.setLayout(column(line, self.edit, spacing=6, margins=(18, 8, 18, 10)))
        self.hide()

    def open(self, text: str) -> None:
        """Show a text to be put right."""
        self._text = text
        is_long = len(text) > MOST_CHARS
        self.edit.setReadOnly(is_long)
        self.edit.setPlainText(text[:_SHOWN_OF_LONG_CHARS] if is_long else text)
        self.words.setText(
            self.tr("Too long to be edited here: its beginning is shown, and all of it is added.")
            if is_long
            else self.tr(
                "The winner's answer as a training row.  Ctrl+Enter adds it, Esc leaves it"
            )
        )
        self.show()
        self.edit.setFocus()

    def _save(self) -> None:
        is_same = not self.edit.document().isModified()
        text = self._text if is_same else self.edit.toPlainText()
        if text.strip():
            self.hide()
            self.saved.emit(text)

    def _leave(self) -> None:
        self.hide()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = watched is self.edit and event.type() == QEvent.Type.KeyPress
        if is_key and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._save()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        return super().eventFilter(watched, event)
