"""One message of a conversation: role, text, its tokens, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QMenu, QPushButton, QWidget

from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.special_text import survives_editing
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.layout import column, fill, row, rule
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip

ROLES = ("system", "user", "assistant", "tool")
_ROLE_WIDTH = 96
_NARROW_BELOW_PX = 430


class MessageCard(QFrame):
    """`changed(field, value)`, `moved(±1)`, `removed()` ask the editor; it keeps no truth."""

    changed = Signal(str, object)
    moved = Signal(int)
    removed = Signal()

    def __init__(self, number: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self.role = self._role_button()
        self.text = GrowingEdit()
        self.text.setProperty("look", "bare")
        self.text.committed.connect(lambda text: self.changed.emit("content", text))
        self.tokens = PlainLabel("", "second")
        self.tokens.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tokens.setMinimumWidth(30)
        self.weight = button("", self._toggle_weight, look="filter")
        self.note = PlainLabel("", "second", wrap=True)
        self._tools = self._tool_buttons(theme)
        self._weight_value = 1
        self._arrange()

    def _role_button(self) -> QPushButton:
        made = button("", look="filter")
        made.setCheckable(False)
        menu = QMenu(made)
        for role in ROLES:
            menu.addAction(role, partial(self.changed.emit, "role", role))
        made.setMenu(menu)
        return made

    def _tool_buttons(self, theme: Theme) -> list[IconButton]:
        up = IconButton(theme, "up", self.tr("Move message up"), lambda: self.moved.emit(-1))
        down = IconButton(theme, "down", self.tr("Move message down"), lambda: self.moved.emit(1))
        away = IconButton(theme, "close", self.tr("Remove message"), self.removed.emit)
        set_tip(up, self.tr("Move up (Alt+↑)"))
        set_tip(down, self.tr("Move down (Alt+↓)"))
        set_tip(away, self.tr("Remove this message"))
        for key, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(key), self.text)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.moved.emit(step))
        return [up, down, away]

    def _arrange(self) -> None:
        self._head = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._head.setSpacing(4)
        fill(self._head, (self.role, self.weight))
        tail = row(self.tokens, *self._tools, spacing=0)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(14, 7, 8, 7)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._grid.addLayout(
            self._head, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        )
        self._grid.addLayout(tail, 0, 2, Qt.AlignmentFlag.AlignTop)
        self._place(narrow=False)
        self.setLayout(column(self._grid, rule(), spacing=0))

    def _place(self, *, narrow: bool) -> None:
        """Beside role and tools where there is room, below them where there is not."""
        self._is_narrow = narrow
        line = (1, 0, 1, 3) if narrow else (0, 1, 1, 1)
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.LeftToRight if narrow else direction.TopToBottom)
        self.role.setMinimumWidth(0 if narrow else _ROLE_WIDTH)
        self._grid.addWidget(self.text, *line, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self.note, line[0] + 1, *line[1:])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW_BELOW_PX
        if narrow != self._is_narrow:
            self._place(narrow=narrow)

    def show_message(self, message: Mapping[str, Any]) -> None:
        """Show `message` as it is; texts Qt cannot hold and part lists are shown read-only."""
        role = str(message.get("role", ""))
        self.role.setText(role or self.tr("no role"))
        self.role.setChecked(False)
        name = self.tr("Message {n}, role {role}").format(n=self._number, role=role)
        self.role.setAccessibleName(name)
        self.text.setAccessibleName(self.tr("Text of message {n}").format(n=self._number))
        self._show_weight(role, message)
        content = message.get("content")
        note = self._note(message)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        plain = isinstance(content, str) and survives_editing(content)
        self.text.setReadOnly(not plain and content is not None)
        self.text.show_text(content if isinstance(content, str) else _as_text(content))

    def _note(self, message: Mapping[str, Any]) -> str:
        content = message.get("content")
        if isinstance(content, str) and not survives_editing(content):
            return self.tr("Holds characters a text box would change; edit this row as JSON.")
        if content is not None and not isinstance(content, str):
            return self.tr("Content in parts; edit this row as JSON.")
        if message.get("tool_calls"):
            return self.tr("Tool calls: {calls}").format(
                calls=json.dumps(message["tool_calls"], ensure_ascii=False)
            )
        return ""

    def _show_weight(self, role: str, message: Mapping[str, Any]) -> None:
        self.weight.setVisible(role == "assistant")
        self._weight_value = 0 if message.get("weight") == 0 else 1
        trained = self._weight_value == 1
        self.weight.setChecked(trained)
        self.weight.setText(self.tr("trained") if trained else self.tr("not trained"))
        set_tip(
            self.weight,
            self.tr("Whether the model learns this reply (weight 1 or 0). Click to change."),
        )
        self.weight.setAccessibleName(self.weight.text())

    def _toggle_weight(self) -> None:
        self.changed.emit("weight", 0 if self._weight_value == 1 else 1)

    def show_tokens(self, tokens: int | None) -> None:
        self.tokens.setText("" if tokens is None else str(tokens))
        set_tip(self.tokens, self.tr("Tokens of this message"))


def _as_text(content: object) -> str:
    return "" if content is None else json.dumps(content, ensure_ascii=False, indent=1)
