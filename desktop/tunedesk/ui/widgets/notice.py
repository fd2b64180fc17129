"""A sentence in place: what happened, and the button that helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel

Kind = Literal["info", "warning", "error"]
Action = tuple[str, Callable[[], object]]


class Notice(QFrame):
    """One sentence and the buttons that help. Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: list[QPushButton] = []
        self.text = PlainLabel("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._line = row(spacing=10, margins=(18, 8, 18, 8))
        self._line.addWidget(self.text, 1)
        self.setLayout(self._line)
        self.hide()

    def tell(self, text: str, *actions: Action, kind: Kind = "warning") -> None:
        """Show `text`, and a button for each (word, what it does)."""
        self.setProperty("look", f"notice-{kind}")
        self.style().unpolish(self)
        self.style().polish(self)
        self.reword(text)
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = [button(word, act) for word, act in actions]
        for made in self._buttons:
            self._line.addWidget(made)
        self.show()
        announce(self, text, urgent=kind == "error")

    def reword(self, text: str) -> None:
        """Say it otherwise, such as how far something has come; the buttons stay."""
        self.text.setText(text)
        self.setAccessibleName(text)

    def say(self, text: str) -> None:
        """Other words beside the same buttons, which keep the keyboard."""
        self.reword(text)
        announce(self, text)
