"""Buttons: a button says what it does, and has an accessible name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.check_button import CheckButton
from tunedesk.ui.widgets.text import PlainLabel, key_cap
from tunedesk.ui.widgets.tips import set_tip

B = TypeVar("B", bound=QPushButton)


def button(
    text: str,
    on_click: Callable[[], object] | None = None,
    *,
    look: str = "plain",
    name: str | None = None,
    parent: QWidget | None = None,
) -> QPushButton:
    """A push button. `look`: plain, primary, quiet, danger, danger-quiet, link or filter."""
    made = CheckButton(text.replace("&", "&&"), parent)  # no mnemonics: "&" is a letter here
    return _dressed(made, name or text.replace("…", "").strip(), on_click, look)


def _dressed(made: B, name: str, on_click: Callable[[], object] | None, look: str) -> B:
    made.setProperty("look", look)
    made.setAccessibleName(name)
    made.setAutoDefault(False)
    if look == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    if look == "filter":
        made.setCheckable(True)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    return made


class IconButton(QPushButton):
    """A small square button with a line icon; `name` is its accessible name and tooltip."""

    def __init__(self, theme: Theme, icon: str, name: str, on_click: Callable[[], object]) -> None:
        super().__init__()
        self._theme, self._icon_name = theme, icon
        self.setProperty("look", "icon")
        self.setAccessibleName(name)
        set_tip(self, name)
        self.setAutoDefault(False)
        self.setFixedSize(24, 24)
        self.setIconSize(QSize(14, 14))
        self.clicked.connect(lambda _checked=False: on_click())
        theme.changed.connect(self._tint)
        self._tint()

    def show_as(self, icon: str, name: str) -> None:
        """Another drawing and name, where pressing it again does something else."""
        self._icon_name = icon
        self.setAccessibleName(name)
        set_tip(self, name)
        self._tint()

    def _tint(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, "second", 14))


class KeyButton(CheckButton):
    """As wide as what stands in it, and `more_px`."""

    more_px = 0

    def sizeHint(self) -> QSize:
        inside = self.layout()
        width = inside.sizeHint().width() if inside is not None else 0
        return super().sizeHint().expandedTo(QSize(width + self.more_px, 0))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def button_with_key(
    text: str, key: str, on_click: Callable[[], object], *, look: str = "plain"
) -> KeyButton:
    """A button that shows its key beside its word, as the voting row does."""
    made = _dressed(KeyButton(), text, on_click, look)
    row = QHBoxLayout(made)
    row.setContentsMargins(14, 4, 12, 4)
    row.setSpacing(10)

    word = PlainLabel(text, "strong")
    cap = key_cap(key)
    for part in (word, cap):
        part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    row.addStretch()
    row.addWidget(word)
    row.addWidget(cap)
    row.addStretch()
    return made
