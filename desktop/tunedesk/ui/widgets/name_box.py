"""A small question: what something is to be called."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_WIDTH_PX = 420
_MAX_CHARS = 64


class NameBox(QDialog):
    """`chosen` is the name, "" when the question was not answered."""

    def __init__(self, title: str, name: str, yes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.chosen = ""
        self.name = LineEdit(name)
        self.name.setMaxLength(_MAX_CHARS)
        self.name.setAccessibleName(self.tr("Name"))
        self.name.selectAll()
        self.go = button(yes, self._go, look="primary")
        self.go.setDefault(True)
        cancel = button(self.tr("Cancel"), self.reject)
        cancel.setAutoDefault(False)
        self.name.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        buttons = row(None, cancel, self.go, spacing=8)
        self.setLayout(
            column(
                PlainLabel(title, "heading"),
                self.name,
                buttons,
                margins=(18, 16, 18, 16),
                spacing=12,
            )
        )
        self.setMinimumWidth(_WIDTH_PX)
        self.name.setFocus()

    def _go(self) -> None:
        self.chosen = self.name.text().strip()
        self.accept()
