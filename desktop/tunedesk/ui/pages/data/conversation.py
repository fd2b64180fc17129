"""One chat row as a conversation: every change becomes a new raw row, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.message_card import MessageCard
from tunedesk.ui.pages.data.reply_card import MissingReplyCard
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row

Messages = list[dict[str, Any]]


class Conversation(QWidget):
    """`edited(messages, what)` carries the whole new message list and a word for the undo menu.

    The widget shows what `show_messages` gave it and is shown again after each edit; it never
    writes back what was only looked at.
    """

    # object, not list: Qt would turn the dicts into maps, whose keys come back sorted
    edited = Signal(object, str)
    set_aside = Signal()
    duplicate = Signal()
    delete = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._messages: Messages = []
        self._cards: list[MessageCard] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.missing_reply = MissingReplyCard()
        self.missing_reply.reply_written.connect(self._add_reply)
        self.missing_reply.set_aside.connect(self.set_aside)
        self.add_message = button(self.tr("+ Message"), self._add_message, look="quiet")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 8)
        box.setSpacing(0)
        box.addLayout(self._list)
        box.addWidget(self.missing_reply)
        box.addLayout(self._footer())
        box.addStretch()

    def _footer(self) -> QVBoxLayout:
        outer = QVBoxLayout()
        line = row(
            self.add_message,
            button(
                self.tr("Duplicate"),
                self.duplicate.emit,
                look="quiet",
                name=self.tr("Duplicate row"),
            ),
            None,
            button(
                self.tr("Delete"), self.delete.emit, look="danger-quiet", name=self.tr("Delete row")
            ),
            margins=(8, 8, 8, 0),
        )
        outer.addLayout(line)
        return outer

    def show_messages(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Show this list; cards are reused so that focus and cursor stay where they are."""
        self._messages = [dict(message) for message in messages]
        while len(self._cards) < len(self._messages):
            self._append_card()
        while len(self._cards) > len(self._messages):
            self._drop_card()
        for card, message in zip(self._cards, self._messages, strict=True):
            card.show_message(message)
        ends_with_reply = bool(messages) and messages[-1].get("role") == "assistant"
        self.missing_reply.setVisible(not ends_with_reply)

    def show_tokens(self, tokens: Sequence[int] | None) -> None:
        """Tokens of each message, or None while they are not known."""
        for index, card in enumerate(self._cards):
            card.show_tokens(tokens[index] if tokens is not None and index < len(tokens) else None)

    def commit(self) -> None:
        """Write down what is still being typed."""
        for card in list(self._cards):
            card.text.commit()

    def focus_first(self) -> None:
        if self.missing_reply.isVisible():
            self.missing_reply.text.setFocus()
        elif self._cards:
            self._cards[-1].text.setFocus(Qt.FocusReason.TabFocusReason)

    def _append_card(self) -> None:
        index = len(self._cards)
        card = MessageCard(index + 1, self._theme)
        card.changed.connect(lambda field, value: self._set_field(index, field, value))
        card.moved.connect(lambda step: self._move(index, step))
        card.removed.connect(lambda: self._remove(index))
        self._cards.append(card)
        self._list.addWidget(card)
        card.show()  # at once: the layout would show it later, too late to take the focus

    def _drop_card(self) -> None:
        card = self._cards.pop()
        self._list.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _set_field(self, index: int, field: str, value: object) -> None:
        if index >= len(self._messages):
            return
        changed = self._copy()
        changed[index][field] = value
        if field == "role" and value != "assistant":
            changed[index].pop("weight", None)
        self.edited.emit(changed, self.tr("edit message {n}").format(n=index + 1))

    def _move(self, index: int, step: int) -> None:
        target = index + step
        if not 0 <= target < len(self._messages):
            return
        self.commit()
        changed = self._copy()
        changed.insert(target, changed.pop(index))
        self.edited.emit(changed, self.tr("move message {n}").format(n=index + 1))
        self._cards[target].text.setFocus()

    def _remove(self, index: int) -> None:
        self.commit()
        changed = self._copy()
        del changed[index]
        self.edited.emit(changed, self.tr("remove message {n}").format(n=index + 1))

    def _add_message(self) -> None:
        self.commit()
        last = self._messages[-1].get("role") if self._messages else "assistant"
        role = "user" if last == "assistant" else "assistant"
        changed = [*self._copy(), {"role": role, "content": ""}]
        self.edited.emit(changed, self.tr("add message"))
        self._cards[-1].text.setFocus()

    def _add_reply(self, text: str) -> None:
        changed = [*self._copy(), {"role": "assistant", "content": text}]
        self.edited.emit(changed, self.tr("add reply"))

    def _copy(self) -> Messages:
        return [dict(message) for message in self._messages]
