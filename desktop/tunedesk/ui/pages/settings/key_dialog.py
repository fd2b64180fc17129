"""Another key for a provider."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QWidget

from tunedesk.services.providers.setup import ProviderView
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit


class KeyDialog(ToolDialog):
    """`entered` is the key, "" when the question was not answered."""

    def __init__(self, view: ProviderView, memory: Memory, parent: QWidget | None = None) -> None:
        title = self.tr("Key of {name}").format(name=view.profile.name)
        super().__init__(parent, title, "key", memory, QSize(480, 180))
        self.entered = ""
        told = self.tr(
            "It is sent to {address} only, and kept in the system's keyring if there is one."
        )
        self.key = LineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setAccessibleName(title)
        self.key.setPlaceholderText(self.tr("paste it here"))
        self.go = default(button(self.tr("Use this key"), self._go, look="primary"))
        self.go.setEnabled(False)
        self.key.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.arrange(
            PlainLabel(title, "heading"),
            PlainLabel(told.format(address=view.profile.base_url), "second", wrap=True),
            self.key,
            None,
            buttons=[None, button(self.tr("Cancel"), self.reject), self.go],
        )
        self.key.setFocus()

    def _go(self) -> None:
        self.entered = self.key.text().strip()
        self.accept()
