"""A popup below a button: sampling and a system prompt, as Compare and each pane of Chat have."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.core.chat import ChatSettings
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.sampling_fields import SamplingFields
from tunedesk.ui.widgets.text_boxes import PlainEdit

_WIDTH_PX, _SYSTEM_PX, _BELOW_PX = 330, 84, 4


class SamplingPopup(QFrame):
    """Who makes one names it (`call`), arranges its parts (`arrange`) and tells on hiding what was
    changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("look", "card")
        self.sampling = SamplingFields()
        self.system = PlainEdit()
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(_SYSTEM_PX)

    def call(self, name: str, system_name: str, no_system: str) -> None:
        """Names of the popup and of its system prompt, and what an empty one means."""
        self.setAccessibleName(name)
        self.system.setAccessibleName(system_name)
        self.system.setPlaceholderText(no_system)

    def arrange(self, *parts: QWidget) -> None:
        """From the top; `sampling` and `system` are among them."""
        self.setLayout(column(*parts, margins=(16, 14, 16, 14)))
        self.setFixedWidth(_WIDTH_PX)

    def open_below(self, place: QPoint, settings: ChatSettings, system: str) -> None:
        """Its upper right corner at `place`."""
        self.sampling.show_settings(settings)
        self.system.setPlainText(system)
        self.adjustSize()
        self.move(place - QPoint(self.width(), -_BELOW_PX))
        self.show()
        self.sampling.temperature.setFocus()

    def system_text(self, known: str) -> str:
        """What was typed; `known` where nothing was, since the box changes some letters."""
        return self.system.toPlainText() if self.system.document().isModified() else known
