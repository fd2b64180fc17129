"""One chat row as a conversation: every change becomes a new raw row, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from tunedesk.core.issues import Issue
from tunedesk.ui.pages.data.message_card import MessageCard
from tunedesk.ui.pages.data.reply_card import MissingReplyCard
from tunedesk.ui.pages.data.row_context import calls_before, new_call
from tunedesk.ui.pages.data.tool_call_card import Schemas
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button

Messages = list[dict[str, Any]]
MOST_CARDS = 30
"""Cards that are there at once; of a longer row a part is shown, and the rest is a click away."""
_MOST_SPARE = 6


class Conversation(QWidget):
    """`edited(messages, what)` carries the whole new message list and a word for the undo menu;
    `hinted(words)` what letting a dragged message go would do, "" when none is dragged.

    The widget shows what `show_messages` gave it and is shown again after each edit; it never
    writes back what was only looked at.
    """

    # object, not list: Qt would turn the dicts into maps, whose keys come back sorted
    edited = Signal(object, str)
    set_aside = Signal()
    fix_asked = Signal(object, object)
    hinted = Signal(str)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, wants_reply: bool = True
    ) -> None:
        super().__init__(parent)
        self._theme, self._wants_reply = theme, wants_reply
        self._messages: Messages = []
        self._schemas: Schemas = {}
        self._issues: dict[int, list[Issue]] = {}
        self._tokens: Sequence[int] | None = None
        self._first = 0
        self._cards: list[MessageCard] = []
        self._spare: list[MessageCard] = []  # made, and not needed now; the last comes next
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.before = button("", lambda: self._page(-1), look="link")
        self.after = button("", lambda: self._page(1), look="link")
        self.missing_reply = MissingReplyCard(theme)
        self.missing_reply.reply_written.connect(self._add_reply)
        self.missing_reply.set_aside.connect(self.set_aside)
        self._drop_line = QFrame(self)
        self._drop_line.setObjectName("dropLine")
        self._drop_line.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.before)
        box.addLayout(self._list)
        box.addWidget(self.after)
        box.addWidget(self.missing_reply)

    @property
    def messages(self) -> Messages:
        """As shown."""
        return self._messages

    # -- showing ---------------------------------------------------------------------------

    def show_messages(
        self, messages: Sequence[Mapping[str, Any]], schemas: Schemas | None = None
    ) -> None:
        """Show this list; cards are reused so that focus and cursor stay where they are."""
        self._messages = [dict(message) for message in messages]
        self._schemas = schemas or {}
        self._show_cards()
        ends_with_reply = bool(messages) and messages[-1].get("role") == "assistant"
        self.missing_reply.setVisible(self._wants_reply and not ends_with_reply)

    def begin_row(self) -> None:
        """Another row is shown now: from its beginning, and Escape knows nothing of the last."""
        self._first = 0
        self.missing_reply.text.show_text("")
        for card in self._cards:
            card.text.begin()

    def _show_cards(self) -> None:
        self._first = max(0, min(self._first, len(self._messages) - MOST_CARDS))
        shown = self._messages[self._first : self._first + MOST_CARDS]
        while len(self._cards) < len(shown):
            self._append_card()
        while len(self._cards) > len(shown):
            self._drop_card()
        calls = calls_before(self._messages)
        for offset, message in enumerate(shown):
            index, card = self._first + offset, self._cards[offset]
            card.set_number(index + 1)
            card.show_message(message, calls[index], self._schemas)
            card.show_issues(self._issues.get(index, ()))
        self._say_pages(len(shown))
        self._say_tokens()

    def _say_pages(self, n_shown: int) -> None:
        n_after = len(self._messages) - self._first - n_shown
        for made, count, words in (
            (self.before, self._first, self.tr("{n} messages before these")),
            (self.after, n_after, self.tr("{n} messages after these")),
        ):
            made.setVisible(count > 0)
            made.setText(words.format(n=count))
            made.setAccessibleName(made.text())

    def _page(self, step: int) -> None:
        self.commit()
        self._first = max(0, self._first + step * MOST_CARDS)
        self._show_cards()
        for card in self._cards:
            card.text.begin()

    def show_tokens(self, tokens: Sequence[int] | None) -> None:
        """Tokens of each message, or None while they are not known."""
        self._tokens = tokens
        self._say_tokens()

    def _say_tokens(self) -> None:
        known = self._tokens or ()
        for index, card in enumerate(self._cards, start=self._first):
            card.show_tokens(known[index] if index < len(known) else None)

    def show_issues(self, issues: Mapping[int, list[Issue]]) -> None:
        """Findings by message."""
        self._issues = dict(issues)
        for index, card in enumerate(self._cards, start=self._first):
            card.show_issues(self._issues.get(index, ()))

    def commit(self) -> None:
        """Write down what is still being typed."""
        for card in list(self._cards):
            card.commit()
        if not self.missing_reply.isHidden():
            self.missing_reply.commit()

    # -- focus -----------------------------------------------------------------------------

    def focus_first(self) -> None:
        if self.missing_reply.isVisible():
            self.missing_reply.text.setFocus()
        elif self._cards:
            self.focus_message(len(self._messages) - 1)

    def focus_message(self, index: int, steps: Sequence[str | int] = ()) -> None:
        """Put the focus on a field of a message; its part of the row is shown."""
        if not 0 <= index < len(self._messages):
            return
        if not self._first <= index < self._first + len(self._cards):
            self._first = max(0, index - MOST_CARDS // 2)
            self._show_cards()
        self._cards[index - self._first].focus_field(steps)

    # -- cards -----------------------------------------------------------------------------

    def make_cards(self, n_cards: int) -> Iterator[None]:
        """Have cards for the first rows that will be shown; at each step one is made."""
        for _ in range(n_cards):
            self._append_card()
            yield
        while self._cards:
            self._drop_card()

    def _append_card(self) -> None:
        card = self._spare.pop() if self._spare else self._new_card(len(self._cards))
        self._cards.append(card)
        self._list.addWidget(card)
        card.show()  # at once: the layout would show it later, too late to take the focus

    def _new_card(self, place: int) -> MessageCard:
        card = MessageCard(place + 1, self._theme)
        card.changed.connect(lambda key, value: self._set_field(self._first + place, key, value))
        card.moved.connect(lambda step: self._move(self._first + place, step))
        card.removed.connect(lambda: self._remove(self._first + place))
        card.duplicated.connect(lambda: self._duplicate(self._first + place))
        card.fix_asked.connect(self.fix_asked)
        card.handle.dragged.connect(lambda at: self._show_drop_line(place, at))
        card.handle.dropped.connect(lambda at: self._drop(place, at))
        card.handle.given_up.connect(self._hide_drop_line)
        return card

    def _drop_card(self) -> None:
        card = self._cards.pop()
        self._list.removeWidget(card)
        card.hide()
        card.body.show_text("")
        self._spare.append(card)
        if len(self._spare) > _MOST_SPARE:
            self._spare.pop(0).deleteLater()

    # -- dragging --------------------------------------------------------------------------

    def _gap_at(self, place: QPoint) -> int:
        """The gap between cards, from 0, that is nearest to a place on the screen."""
        y = self.mapFromGlobal(place).y()
        return sum(y > card.geometry().center().y() for card in self._cards)

    def _show_drop_line(self, source: int, place: QPoint) -> None:
        gap = self._gap_at(place)
        last = gap == len(self._cards)
        y = self._cards[-1].geometry().bottom() if last else self._cards[gap].geometry().top()
        self._drop_line.setGeometry(8, y - 1, self.width() - 16, 3)
        moves = gap not in (source, source + 1)
        self._drop_line.setVisible(moves)
        self._drop_line.raise_()
        words = self.tr("Move message {n} to place {place}") if moves else ""
        place_now = self._first + gap + (gap < source)
        self.hinted.emit(words.format(n=self._first + source + 1, place=place_now))
        self._scroll_to(y)

    def _hide_drop_line(self) -> None:
        self._drop_line.hide()
        self.hinted.emit("")

    def _scroll_to(self, y: int) -> None:
        """A drag near the edge brings more into view."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        shown = above.widget() if above is not None else None
        if above is not None and shown is not None:
            above.ensureVisible(0, self.mapTo(shown, QPoint(0, y)).y(), 0, 40)

    def _drop(self, source: int, place: QPoint) -> None:
        self._hide_drop_line()
        gap = self._gap_at(place)
        target = gap - (gap > source)
        if target != source:
            self._move(self._first + source, target - source)

    # -- edits -----------------------------------------------------------------------------

    def _set_field(self, index: int, key: str, value: object) -> None:
        if index >= len(self._messages):
            return
        changed = self._copy()
        if value is None:
            changed[index].pop(key, None)
        else:
            changed[index][key] = value
        if key == "role" and value != "assistant":
            changed[index].pop("weight", None)
        self._messages = changed  # another message may be written down before these are shown
        self.edited.emit(changed, self._name_of(key, value).format(n=index + 1))

    def _name_of(self, key: str, value: object) -> str:
        """What setting a message's field is called."""
        if key == "weight":
            return (
                self.tr("do not teach message {n}") if value == 0 else self.tr("teach message {n}")
            )
        return (
            self.tr("change the role of message {n}")
            if key == "role"
            else self.tr("edit message {n}")
        )

    def _move(self, index: int, step: int) -> None:
        target = index + step
        if not 0 <= target < len(self._messages):
            return
        self.commit()
        changed = self._copy()
        changed.insert(target, changed.pop(index))
        self.edited.emit(changed, self.tr("move message {n}").format(n=index + 1))
        self.focus_message(target)

    def _remove(self, index: int) -> None:
        self.commit()
        changed = self._copy()
        del changed[index]
        self.edited.emit(changed, self.tr("remove message {n}").format(n=index + 1))
        self.focus_message(min(index, len(self._messages) - 1))

    def _duplicate(self, index: int) -> None:
        self.commit()
        changed = self._copy()
        changed.insert(index + 1, dict(changed[index]))
        self.edited.emit(changed, self.tr("duplicate message {n}").format(n=index + 1))
        self.focus_message(index + 1)

    def add_message(self) -> None:
        """A new message at the end, of the role whose turn it is."""
        self.commit()
        last = self._messages[-1].get("role") if self._messages else "assistant"
        role = "user" if last == "assistant" else "assistant"
        self._append({"role": role, "content": ""}, self.tr("add message"))

    def add_tool_call(self) -> None:
        """A call in the last assistant message, or in a new one."""
        self.commit()
        changed = self._copy()
        call = new_call(changed, self._schemas)
        if changed and changed[-1].get("role") == "assistant":
            calls = changed[-1].get("tool_calls")
            changed[-1]["tool_calls"] = [*(calls if isinstance(calls, list) else []), call]
        else:
            changed.append({"role": "assistant", "content": None, "tool_calls": [call]})
        self.edited.emit(changed, self.tr("add tool call"))
        self.focus_message(len(self._messages) - 1, ("tool_calls", 99))

    def _add_reply(self, text: str) -> None:
        self._append({"role": "assistant", "content": text}, self.tr("add reply"))

    def _append(self, message: dict[str, Any], what: str) -> None:
        self.edited.emit([*self._copy(), message], what)
        self.focus_message(len(self._messages) - 1)

    def _copy(self) -> Messages:
        return [dict(message) for message in self._messages]
