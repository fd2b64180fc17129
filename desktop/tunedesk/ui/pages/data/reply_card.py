"""The red card where a row ends without the reply the model should learn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.two_groups import TwoGroups
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel


class MissingReplyCard(QWidget):
    """`reply_written(text)` when "Add reply" is pressed, `draft_asked()` and `set_aside()` for
    the other ways out. What was typed is kept until it is added or another row is shown."""

    reply_written = Signal(str)
    draft_asked = Signal()
    set_aside = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        card = Card(look="card-error")
        card.body.setContentsMargins(14, 12, 14, 12)
        self.text = GrowingEdit(theme=theme, least_px=64)
        self.text.setPlaceholderText(self.tr("Write the reply the model should learn…"))
        self.text.setAccessibleName(self.tr("New reply"))
        self.add = button(self.tr("Add reply"), self._add, look="primary")
        self.add.setEnabled(False)
        self.text.textChanged.connect(lambda: self.add.setEnabled(bool(self._written())))
        card.body.addWidget(
            PlainLabel(self.tr("The last message must be from the assistant"), "error", wrap=True)
        )
        card.body.addWidget(self.text)
        aside = button(self.tr("Set row aside"), self.set_aside.emit, look="quiet")
        self.draft = button(self.tr("Draft with…"), self.draft_asked.emit)
        card.body.addWidget(TwoGroups(row(self.add, self.draft, None), row(None, aside)))
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 4)
        box.addWidget(card)

    def _written(self) -> str:
        return self.text.toPlainText().strip()

    def commit(self) -> None:
        """A reply that is written goes into the row, also without the button."""
        if self._written():
            self._add()

    def _add(self) -> None:
        text = self._written()
        self.text.show_text("")
        self.reply_written.emit(text)
