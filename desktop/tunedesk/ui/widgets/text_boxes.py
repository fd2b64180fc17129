"""Boxes that text is written in: plain text and nothing else, pasted or dragged (fault U4)."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

_PARAGRAPH_END = "\N{PARAGRAPH SEPARATOR}"


def is_text(mime: QMimeData) -> bool:
    """Whether it is text to be written; a file's address, or a row, is for what lies below."""
    return mime.hasText() and not mime.hasUrls()


class LineEdit(QLineEdit):
    """The house's only line of text to write in."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if is_text(event.mimeData()):
            super().dragEnterEvent(event)
        else:
            event.ignore()


class PlainEdit(QPlainTextEdit):
    """The house's only box of text to write in; what leaves it is plain, too."""

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return is_text(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasFormat("text/plain") and source.hasText():
            self.insertPlainText(source.text())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Qt's own has HTML beside it, and makes a space of each no-break space."""
        made = QMimeData()
        made.setText(self.textCursor().selectedText().replace(_PARAGRAPH_END, "\n"))
        return made


class EnterEdit(PlainEdit):
    """A box for something to be said: `entered` on Enter, `left` on Escape; Shift+Enter breaks the
    line, and Tab leaves the box."""

    entered = Signal()
    left = Signal()

    def __init__(self, name: str) -> None:
        """`name` is the accessible name."""
        super().__init__()
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_plain:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
