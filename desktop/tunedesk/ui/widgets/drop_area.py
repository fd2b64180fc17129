"""A dashed field that says what can be dropped on it, and lights up while a file hangs over it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget


class DropArea(QFrame):
    """`dropped(list of local paths)`."""

    dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.box = QVBoxLayout(self)
        self._set_look("drop")

    def _set_look(self, look: str) -> None:
        self.setProperty("look", look)
        self.style().unpolish(self)
        self.style().polish(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._set_look("drop-active")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_look("drop")

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_look("drop")
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)
