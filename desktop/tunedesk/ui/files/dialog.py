"""What every window over the main one is: named, of the size it had last, closed by Escape."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.enter_presses import enter_presses
from tunedesk.ui.widgets.layout import Part, column, row


class ToolDialog(QDialog):
    """`key` names it in the memory. Shown with `open`, never with a loop of its own.

    A dialog that is closed is deleted; ask for its result before giving the loop a turn.
    """

    def __init__(
        self, parent: QWidget | None, title: str, key: str, memory: Memory, size: QSize
    ) -> None:
        super().__init__(parent)
        self._memory, self._key = memory, f"size.{key}"
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(_kept_size(memory.get(self._key), size))
        self.finished.connect(self._remember)

    def arrange(self, *parts: Part, buttons: Sequence[Part]) -> None:
        """The body above, the buttons in a line below it; the first int of it stretches."""
        box = column(*parts, 4, row(*buttons), spacing=10, margins=(18, 16, 18, 14))
        self.setLayout(box)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not enter_presses(event, self):
            super().keyPressEvent(event)

    def _remember(self) -> None:
        self._memory.set(self._key, f"{self.width()}x{self.height()}")


def default(made: QPushButton) -> QPushButton:
    """The button that Enter presses."""
    made.setDefault(True)
    made.setAutoDefault(True)
    return made


def _kept_size(text: str, otherwise: QSize) -> QSize:
    width, _, height = text.partition("x")
    if width.isdecimal() and height.isdecimal():
        return QSize(min(int(width), 4000), min(int(height), 3000))
    return otherwise
