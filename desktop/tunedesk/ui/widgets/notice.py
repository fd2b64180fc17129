"""A sentence in place: what happened, and the button that helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel

Kind = Literal["info", "warning", "error"]


class Notice(QFrame):
    """One sentence and the button that helps. Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._act: Callable[[], object] | None = None
        self.text = PlainLabel("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.action = button("", self._pressed)
        line = row(spacing=12, margins=(18, 8, 18, 8))
        line.addWidget(self.text, 1)
        line.addWidget(self.action)
        self.setLayout(line)
        self.hide()

    def tell(
        self, text: str, action: str = "", act: Callable[[], object] | None = None, *,
        kind: Kind = "warning",
    ) -> None:  # fmt: skip
        """Show `text`; with `action`, a button that calls `act`."""
        self.setProperty("look", f"notice-{kind}")
        self.style().unpolish(self)
        self.style().polish(self)
        self.text.setText(text)
        self._act = act
        self.action.setText(action)
        self.action.setAccessibleName(action)
        self.action.setVisible(act is not None)
        self.setAccessibleName(text)
        self.show()

    def _pressed(self) -> None:
        if self._act is not None:
            self._act()
