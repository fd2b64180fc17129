"""The few building blocks of every page: rows, columns, cards, rules, key–value lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.value_label import ValueLabel

Part = QWidget | QLayout | int | None


def fill(box: QBoxLayout, parts: Iterable[Part]) -> None:
    """Add widgets and layouts; an int is a gap in pixels, None a stretch."""
    for part in parts:
        if part is None:
            box.addStretch()
        elif isinstance(part, int):
            box.addSpacing(part)
        elif isinstance(part, QLayout):
            box.addLayout(part)
        else:
            box.addWidget(part)


def row(
    *parts: Part, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    box = QHBoxLayout()
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    fill(box, parts)
    return box


def column(
    *parts: Part, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    fill(box, parts)
    return box


def holding(*widgets: QWidget) -> QWidget:
    """One widget that holds these in a row, to be shown and hidden as one."""
    made = QWidget()
    made.setLayout(row(*widgets))
    return made


class Card(QFrame):
    """A white surface with a hairline. `look`: card, card-sunken, card-error, card-warning, or
    card-attention, which has the warning's colour in its line alone."""

    def __init__(self, title: str = "", look: str = "card", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", look)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(18, 16, 18, 16)
        self.body.setSpacing(10)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        if title:
            self.title = PlainLabel(title, "heading")
            self.head.addWidget(self.title)
            self.head.addStretch()
            self.body.addLayout(self.head)

    def set_look(self, look: str) -> None:
        """Another look from now on."""
        if self.property("look") != look:
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)


class KeyValues(QWidget):
    """Two columns, name left and value right; values are replaced in place so nothing jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, ValueLabel] = {}
        self._names: dict[str, PlainLabel] = {}
        self._shown: tuple[list[str], list[str]] = ([], [])

    def call(self, name: str, shown: str) -> None:
        """Show another text for a name that is there, for instance one with a number in it."""
        self._names[name].setText(shown)
        self._values[name].setAccessibleName(f"{shown}: {self.value(name)}")

    def set(self, name: str, value: str, *, look: str = "body") -> None:
        label = self._values.get(name)
        if label is None:
            line = len(self._values)
            self._names[name] = PlainLabel(name, "second")
            self._grid.addWidget(self._names[name], line, 0)
            label = ValueLabel(look)
            self._grid.addWidget(label, line, 1)
            self._values[name] = label
        label.set_look(look)
        label.show_value(value)
        label.setAccessibleName(f"{name}: {value}")

    def show_only(self, names: Sequence[str]) -> None:
        """Show these lines, from the top in this order; others are kept out of sight."""
        hidden = [name for name in self._values if name not in names]
        if (list(names), hidden) == self._shown:
            return
        self._shown = (list(names), hidden)
        for line, name in enumerate([*names, *hidden]):
            for place, label in enumerate((self._names[name], self._values[name])):
                self._grid.addWidget(label, line, place)
                label.setVisible(name in names)

    def value(self, name: str) -> str:
        return self._values[name].value


def rule(vertical: bool = False) -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("look", "rule-v" if vertical else "rule")
    return line


def scrolled(content: QWidget) -> QScrollArea:
    """`content` in a frameless scroll area that never scrolls sideways."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    content.setObjectName("scrollBody")
    area.setWidget(content)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def polish(part: QWidget) -> None:
    """Style what is not seen yet, so that showing it takes less time. It must be in its window."""
    part.ensurePolished()
    for child in part.findChildren(QWidget):
        child.ensurePolished()
