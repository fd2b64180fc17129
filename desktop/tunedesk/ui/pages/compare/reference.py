"""The reference reply, between the panes and the voting row."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.ui.widgets.layout import scrolled
from tunedesk.ui.widgets.text import PlainLabel

REFERENCE_CHARS = 20_000


class Reference(QFrame):
    """The held-out reply a row of the dataset gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reference")
        self.text = PlainLabel("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.text)
        inner.addStretch()
        area = scrolled(body)
        area.setFixedHeight(64)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 8, 18, 8)
        box.setSpacing(4)
        box.addWidget(PlainLabel(self.tr("Reference reply, from the dataset"), "second"))
        box.addWidget(area)
        self.hide()

    def set_text(self, text: str) -> None:
        self.text.setText(text[:REFERENCE_CHARS])
        self.text.setAccessibleName(text[:REFERENCE_CHARS])
