"""One message of a conversation: role, text, its tokens, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QMenu, QPushButton, QWidget

from tunedesk.core.issues import Issue
from tunedesk.ui.pages.data.drag_handle import DragHandle
from tunedesk.ui.pages.data.findings_box import FindingsBox
from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.pages.data.message_extras import MessageExtras, OpenCalls
from tunedesk.ui.pages.data.parts_edit import PartsEdit
from tunedesk.ui.pages.data.tool_call_card import Schemas
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, fill, row, rule
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip

ROLES = ("system", "user", "assistant", "tool", "developer")
_ROLE_WIDTH = 96
_NARROW_BELOW_PX = 430


class MessageCard(QFrame):
    """`changed(key, value)` (None: take the key away), `moved(±1)`, `removed()`, `duplicated()`
    ask the editor; the card keeps no truth."""

    changed = Signal(str, object)
    moved = Signal(int)
    removed = Signal()
    duplicated = Signal()
    fix_asked = Signal(object, object)

    def __init__(self, number: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._weight_value = 1
        self.handle = DragHandle(theme)
        self.role = self._role_button()
        self.body = LongText(theme, "")
        self.body.committed.connect(lambda text: self.changed.emit("content", text))
        self.text = self.body.edit
        self.parts: PartsEdit | None = None
        self.extras: MessageExtras | None = None
        self.findings: FindingsBox | None = None
        self.tokens = PlainLabel("", "second")
        self.tokens.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tokens.setMinimumWidth(30)
        self.weight = button("", self._toggle_weight, look="filter")
        self.note = PlainLabel("", "second", wrap=True)
        self.more = button("⋯", look="quiet", name=self.tr("More for this message"))
        self.more.setProperty("look", "icon")
        self.more.setFixedSize(24, 24)
        self._build_menu()
        self._below = column(spacing=4)
        self._arrange()
        self.set_number(number)

    # -- building --------------------------------------------------------------------------

    def _role_button(self) -> QPushButton:
        made = button("", look="filter")
        made.setCheckable(False)
        menu = QMenu(made)
        words = {
            "system": self.tr("how the model shall be"),
            "user": self.tr("what a person says"),
            "assistant": self.tr("what the model shall learn"),
            "tool": self.tr("what a called function gave"),
            "developer": self.tr("like system, for newer models"),
        }
        for role in ROLES:
            menu.addAction(f"{role} · {words[role]}", partial(self.changed.emit, "role", role))
        made.setMenu(menu)
        return made

    def _build_menu(self) -> None:
        menu = QMenu(self.more)
        for words, keys, act in (
            (self.tr("Move up"), "Alt+Up", lambda: self.moved.emit(-1)),
            (self.tr("Move down"), "Alt+Down", lambda: self.moved.emit(1)),
            (self.tr("Duplicate message"), "Ctrl+Shift+D", self.duplicated.emit),
            (self.tr("Remove message"), "Ctrl+Shift+Backspace", self.removed.emit),
        ):
            action = QAction(words, self)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(lambda _=False, act=act: act())
            self.addAction(action)
            menu.addAction(action)
        self.more.setMenu(menu)
        set_tip(self.handle, self.tr("Drag to another place (Alt+↑, Alt+↓)"))

    def _arrange(self) -> None:
        self._head = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._head.setSpacing(4)
        self._head.setContentsMargins(0, 4, 0, 0)
        fill(self._head, (self.role, self.weight))
        first = row(self.handle, self._head, spacing=4)
        first.setAlignment(self.handle, Qt.AlignmentFlag.AlignTop)
        tail = row(self.tokens, self.more, spacing=2)
        self._below.insertWidget(0, self.body)
        self._below.insertWidget(1, self.note)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(8, 7, 8, 7)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._grid.addLayout(first, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._grid.addLayout(tail, 0, 2, Qt.AlignmentFlag.AlignTop)
        self._content = QWidget()
        self._content.setLayout(self._below)
        self._place(narrow=False)
        self.setLayout(column(self._grid, rule(), spacing=0))

    def _place(self, *, narrow: bool) -> None:
        """Beside role and tools where there is room, below them where there is not."""
        self._is_narrow = narrow
        line = (1, 0, 1, 3) if narrow else (0, 1, 1, 1)
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.LeftToRight if narrow else direction.TopToBottom)
        self.role.setMinimumWidth(0 if narrow else _ROLE_WIDTH)
        self._grid.addWidget(self._content, *line, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW_BELOW_PX
        if narrow != self._is_narrow:
            self._place(narrow=narrow)

    # -- showing ---------------------------------------------------------------------------

    def set_number(self, number: int) -> None:
        """The message's place in the row, from 1."""
        self._number = number
        self.handle.setAccessibleName(self.tr("Move message {n}").format(n=number))
        self.more.setAccessibleName(self.tr("More for message {n}").format(n=number))
        self.text.setAccessibleName(self.tr("Text of message {n}").format(n=number))

    def show_message(
        self,
        message: Mapping[str, Any],
        calls: OpenCalls = (),
        schemas: Schemas | None = None,
    ) -> None:
        """Show `message` as it is; texts Qt cannot hold are shown read-only.

        `calls` are the tool calls before it, `schemas` the row's functions by name.
        """
        role = message.get("role")
        role = role if isinstance(role, str) else ""
        self.role.setText(role or self.tr("no role"))
        self.role.setAccessibleName(
            self.tr("Message {n}, role {role}").format(n=self._number, role=role)
        )
        self._tint_role(is_user=role == "user")
        self._show_weight(role, message)
        self._show_content(message)
        self._show_note(message)
        if self.extras is not None or _has_extras(message):
            self._extras().show_message(message, calls, schemas or {})

    def _tint_role(self, *, is_user: bool) -> None:
        look = "filter-accent" if is_user else "filter"
        if self.role.property("look") != look:
            self.role.setProperty("look", look)
            self.role.style().unpolish(self.role)
            self.role.style().polish(self.role)

    def _show_content(self, message: Mapping[str, Any]) -> None:
        content = message.get("content")
        is_parts = isinstance(content, list)
        if isinstance(content, list):
            if self.parts is None:
                self.parts = PartsEdit(self._theme)
                self.parts.changed.connect(lambda parts: self.changed.emit("content", parts))
                self._below.insertWidget(1, self.parts)
            self.parts.show_parts(content)
        if self.parts is not None:
            self.parts.setVisible(is_parts)
        self.body.setVisible(not is_parts)
        is_text = content is None or isinstance(content, str)
        text = content if isinstance(content, str) else _as_text(content)
        if not is_parts:
            self.body.show_text(text, editable=is_text)
        has_calls = bool(message.get("tool_calls") or message.get("function_call"))
        hint = self.tr("No text beside the call") if has_calls else ""
        if not has_calls and message.get("role") == "assistant":
            hint = self.tr("Write the reply the model should learn…")
        self.text.setPlaceholderText(hint)

    def _show_note(self, message: Mapping[str, Any]) -> None:
        old_call = message.get("function_call")
        content = message.get("content")
        note = ""
        if old_call is not None:
            call = json.dumps(old_call, ensure_ascii=False)
            note = self.tr("Deprecated function_call: {call}").format(call=call[:400])
        elif content is not None and not isinstance(content, str | list):
            note = self.tr("The content is no text; edit this row as JSON.")
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _show_weight(self, role: str, message: Mapping[str, Any]) -> None:
        self.weight.setVisible(role == "assistant")
        self._weight_value = 0 if message.get("weight") == 0 else 1
        is_taught = self._weight_value == 1
        self.weight.setChecked(is_taught)
        self.weight.setText(self.tr("taught") if is_taught else self.tr("not taught"))
        set_tip(
            self.weight,
            self.tr("Whether the model learns this reply (weight 1 or 0). Click to change."),
        )
        self.weight.setAccessibleName(self.weight.text())

    def _extras(self) -> MessageExtras:
        if self.extras is None:
            self.extras = MessageExtras(self._theme)
            self.extras.changed.connect(self.changed)
            self._below.addWidget(self.extras)
        return self.extras

    def show_tokens(self, tokens: int | None) -> None:
        """Tokens of the message's own words, None while they are not known."""
        self.tokens.setText("" if tokens is None else f"{tokens:,}")
        set_tip(self.tokens, self.tr("Tokens of this message"))

    def show_issues(self, issues: Sequence[Issue]) -> None:
        """Findings about this message."""
        if self.findings is None:
            if not issues:
                return
            self.findings = FindingsBox()
            self.findings.fix_asked.connect(self.fix_asked)
            self._below.addWidget(self.findings)
        self.findings.show_issues(issues)

    # -- hands -----------------------------------------------------------------------------

    def commit(self) -> None:
        """Write down what is still being typed."""
        self.text.commit()
        if self.parts is not None and not self.parts.isHidden():
            self.parts.commit()
        if self.extras is not None and not self.extras.isHidden():
            self.extras.commit()

    def focus_field(self, steps: Sequence[str | int]) -> None:
        """Put the focus on the field at this path within the message."""
        target: QWidget = self.role if steps[:1] == ["role"] else self.text
        if steps[:1] == ["weight"]:
            target = self.weight
        elif self.parts is not None and not self.parts.isHidden():
            wanted = steps[1] if len(steps) > 1 and isinstance(steps[1], int) else -1
            boxes = self.parts.texts
            target = boxes[wanted].edit if wanted in boxes else self.handle
        elif steps[:1] == ["tool_calls"] and self.extras is not None and self.extras.calls:
            at = steps[1] if len(steps) > 1 and isinstance(steps[1], int) else 0
            target = self.extras.calls[min(at, len(self.extras.calls) - 1)].name
        elif steps[:1] == ["tool_call_id"] and self.extras is not None and self.extras.answers:
            target = self.extras.answers
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _toggle_weight(self) -> None:
        self.changed.emit("weight", 0 if self._weight_value == 1 else 1)


def _has_extras(message: Mapping[str, Any]) -> bool:
    if message.get("role") == "tool":
        return True
    return any(message.get(key) for key in ("name", "refusal", "tool_calls", "tool_call_id"))


def _as_text(content: object) -> str:
    return "" if content is None else json.dumps(content, ensure_ascii=False, indent=1)
