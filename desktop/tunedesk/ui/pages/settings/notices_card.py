"""Whether the desktop is told when a fine-tune ends."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from tunedesk.ui.job_notices import NOTICES
from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.text import PlainLabel


class NoticesCard(Card):
    """One box to tick."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Notifications"), parent=parent)
        self.box = QCheckBox(self.tr("Tell me when a fine-tune succeeds or fails"))
        self.box.setAccessibleName(self.box.text())
        self.box.setChecked(memory.get(NOTICES) != "off")
        self.box.toggled.connect(lambda is_on: memory.set(NOTICES, "on" if is_on else "off"))
        self.body.addWidget(self.box)
        told = self.tr("By a notification of the desktop, only while this window is not in front.")
        self.box.setAccessibleDescription(told)
        self.body.addWidget(PlainLabel(told, "second", wrap=True))
