"""A page before there is anything on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel


class _Lead(PlainLabel):
    """A layout that centres asks for the height at its own width, not at the label's."""

    def heightForWidth(self, width: int) -> int:
        return super().heightForWidth(min(width, self.maximumWidth()))


class EmptyState(QFrame):
    """A heading, a sentence and one button, in the middle."""

    def __init__(
        self, title: str, text: str, action: str, act: Callable[[], object], *,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.title = PlainLabel(title, "title")
        self.text = _Lead(text, "lead", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setFixedWidth(460)
        self.action = button(action, act, look="primary")
        box = QVBoxLayout(self)
        box.setSpacing(12)
        box.addStretch(2)
        for part in (self.title, self.text, self.action):
            box.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)
