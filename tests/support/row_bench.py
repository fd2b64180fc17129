"""A row panel with somebody behind it who applies its edits, as the Data page does."""

from __future__ import annotations

import json
from typing import Any

from pytestqt.qtbot import QtBot

from tunedesk.core.validation.rows import check_row
from tunedesk.ui.pages.data.conversation import Conversation
from tunedesk.ui.pages.data.message_card import MessageCard
from tunedesk.ui.pages.data.row_panel import RowPanel
from tunedesk.ui.theme import Theme


class RowBench:
    """`raw` is the row as it stands; `edits` are the names of what was done to it."""

    def __init__(self, theme: Theme, bot: QtBot) -> None:
        self.panel = RowPanel(theme)
        self.raw = b""
        self.number = 1
        self.edits: list[str] = []
        self.panel.row_edited.connect(self._edit)
        bot.addWidget(self.panel)
        with bot.waitActive(self.panel):
            self.panel.resize(520, 800)
            self.panel.show()

    def open(self, raw: bytes, number: int = 1) -> RowPanel:
        """Show a row as the page does."""
        self.raw, self.number = raw, number
        self._show()
        return self.panel

    @property
    def value(self) -> Any:
        """The row, parsed."""
        return json.loads(self.raw)

    @property
    def conversation(self) -> Conversation:
        return self.panel.conversation

    @property
    def cards(self) -> list[MessageCard]:
        return self.panel.conversation._cards

    def _edit(self, raw: bytes, what: str) -> None:
        self.raw = raw
        self.edits.append(what)
        self._show()

    def _show(self) -> None:
        self.panel.show_row(self.number, self.raw, check_row(self.raw, self.number))
