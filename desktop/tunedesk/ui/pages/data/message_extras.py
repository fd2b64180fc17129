"""What a message may hold besides its text: name, refusal, tool calls, whose call it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.held_line import HeldLine
from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.pages.data.tool_call_card import Schemas, ToolCallCard
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel

OpenCalls = Sequence[tuple[str, str]]
"""(id, function) of the calls before a tool message."""


class MessageExtras(QWidget):
    """`changed(key, value)`; a value of None takes the key away. Parts are made when needed."""

    changed = Signal(str, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._message: Mapping[str, Any] = {}
        self._lines: dict[str, QWidget] = {}
        self.name: HeldLine | None = None
        self.refusal: LongText | None = None
        self.answers: ChoiceBox | None = None
        self.calls: list[ToolCallCard] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)

    def show_message(self, message: Mapping[str, Any], calls: OpenCalls, schemas: Schemas) -> None:
        """Show what there is of it; hidden where there is nothing."""
        self._message = message
        is_tool = message.get("role") == "tool"
        self._show_name(message.get("name"))
        self._show_refusal(message.get("refusal"))
        self._show_answers(is_tool or "tool_call_id" in message, calls)
        self._show_calls(schemas)
        self.setVisible(any(not line.isHidden() for line in self._lines.values()) or self._n_calls)

    @property
    def _n_calls(self) -> bool:
        return any(not card.isHidden() for card in self.calls)

    def commit(self) -> None:
        """Write down what is still being typed."""
        if self.name is not None:
            self._name_entered()
        if self.refusal is not None:
            self.refusal.edit.commit()
        for card in list(self.calls):
            if not card.isHidden():
                card.commit()

    def _show_name(self, name: object) -> None:
        if isinstance(name, str) and self.name is None:
            self.name = HeldLine(self._theme)
            self.name.setAccessibleName(self.tr("Name of the speaker"))
            self.name.editingFinished.connect(self._name_entered)
            self._add_line("name", self.tr("name"), self.name)
        self._set_shown("name", isinstance(name, str))
        if self.name is not None and isinstance(name, str):
            self.name.show_held(name)

    def _name_entered(self) -> None:
        held = self._message.get("name")
        if self.name is not None and self.name.isModified() and self.name.text() != held:
            self.changed.emit("name", self.name.text() or None)

    def _show_refusal(self, refusal: object) -> None:
        if isinstance(refusal, str) and self.refusal is None:
            self.refusal = LongText(self._theme, self.tr("Refusal"))
            self.refusal.committed.connect(lambda text: self.changed.emit("refusal", text))
            self._add_line("refusal", self.tr("refuses"), self.refusal)
        self._set_shown("refusal", isinstance(refusal, str))
        if self.refusal is not None and isinstance(refusal, str):
            self.refusal.show_text(refusal)

    def _show_answers(self, is_wanted: bool, calls: OpenCalls) -> None:
        if is_wanted and self.answers is None:
            self.answers = ChoiceBox(self._theme, self.tr("Call that this answers"))
            self.answers.activated.connect(self._answer_chosen)
            self.answers.setMinimumWidth(80)
            self._add_line("answers", self.tr("answers"), self.answers)
        self._set_shown("answers", is_wanted)
        if self.answers is not None and is_wanted:
            self._fill_answers(self.answers, calls)

    def _fill_answers(self, box: ChoiceBox, calls: OpenCalls) -> None:
        held = self._message.get("tool_call_id")
        held = held if isinstance(held, str) else ""
        known = [(call_id, f"{name} · {call_id}") for call_id, name in calls]
        if held not in [call_id for call_id, _ in known]:
            words = self.tr("{id} (no such call)").format(id=held) if held else self.tr("no call")
            known.append((held, words))
        if [(box.itemData(i), box.itemText(i)) for i in range(box.count())] != known:
            box.clear()
            for call_id, words in known:
                box.addItem(words, call_id)
        box.setCurrentIndex([call_id for call_id, _ in known].index(held))

    def _answer_chosen(self, index: int) -> None:
        assert self.answers is not None
        chosen = self.answers.itemData(index)
        if chosen and chosen != self._message.get("tool_call_id"):
            self.changed.emit("tool_call_id", chosen)

    def _show_calls(self, schemas: Schemas) -> None:
        calls = self._calls()
        while len(self.calls) < len(calls):
            index = len(self.calls)
            card = ToolCallCard(index + 1, self._theme)
            card.changed.connect(partial(self._call_changed, index))
            card.removed.connect(partial(self._call_removed, index))
            self.calls.append(card)
            self._box.addWidget(card)
        for index, card in enumerate(self.calls):
            card.setVisible(index < len(calls))
            if index < len(calls):
                card.show_call(calls[index], schemas)

    def _calls(self) -> list[Mapping[str, Any]]:
        """The calls, if each of them can be shown as one; else none, and the row is for JSON."""
        found = self._message.get("tool_calls")
        listed = found if isinstance(found, list) else []
        return listed if all(isinstance(call, Mapping) for call in listed) else []

    def _call_changed(self, index: int, call: object) -> None:
        calls: list[Any] = list(self._calls())
        if index < len(calls):
            calls[index] = call
            self.changed.emit("tool_calls", calls)

    def _call_removed(self, index: int) -> None:
        calls = list(self._calls())
        del calls[index]
        self.changed.emit("tool_calls", calls or None)

    def _add_line(self, key: str, words: str, made: QWidget) -> None:
        line = QWidget()
        box = row(PlainLabel(words, "second"), made)
        box.setStretch(1, 1)
        line.setLayout(box)
        self._lines[key] = line
        self._box.addWidget(line)

    def _set_shown(self, key: str, is_shown: bool) -> None:
        if key in self._lines:
            self._lines[key].setVisible(is_shown)
