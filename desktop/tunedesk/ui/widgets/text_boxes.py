"""Boxes that text is written in: plain text and nothing else, pasted or dragged (fault U4)."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent
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
