"""1 · Where: one card a provider that can train."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QVBoxLayout

from tunedesk.ui.pages.new_fine_tune.places import Place
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel


class PlaceButton(QPushButton):
    """Title and one or two lines; chosen like a radio button."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.setProperty("look", "choice")
        self.setCheckable(True)
        self.setAccessibleName(place.title)
        self.setAccessibleDescription(place.detail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(3)
        for label in (PlainLabel(place.title, "heading"), PlainLabel(place.detail, "second")):
            label.setWordWrap(True)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            box.addWidget(label)
        self.setMinimumHeight(box.sizeHint().height())


class WhereCard(Card):
    """`changed()` when another place is chosen."""

    changed = Signal()

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__(self.tr("1 · Where"))
        self._places = tuple(places)
        self.buttons = [PlaceButton(place) for place in self._places]
        self._group = QButtonGroup(self)
        for n, made in enumerate(self.buttons):
            self._group.addButton(made, n)
        self.buttons[0].setChecked(True)
        self._group.idToggled.connect(lambda _n, is_on: self.changed.emit() if is_on else None)
        line = row(*self.buttons, spacing=10)
        if len(self.buttons) < 3:
            line.addStretch(1)
        self.body.addLayout(line)

    @property
    def place(self) -> Place:
        return self._places[self._group.checkedId()]
