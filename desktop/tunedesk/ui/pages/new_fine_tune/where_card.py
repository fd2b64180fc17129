"""1 · Where: one card a provider that can train."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QVBoxLayout

from tunedesk.services.training import ProviderChoice
from tunedesk.ui.pages.new_fine_tune.places import place_detail
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel

_CARDS_A_ROW = 3


class PlaceButton(QPushButton):
    """Title and one or two lines; chosen like a radio button."""

    def __init__(self, choice: ProviderChoice) -> None:
        super().__init__()
        self.setProperty("look", "choice")
        self.setCheckable(True)
        detail = place_detail(choice)
        self.setAccessibleName(choice.name)
        self.setAccessibleDescription(detail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(16, 11, 16, 11)
        self._box.setSpacing(3)
        for look, text in (("heading", choice.name), ("second", detail)):
            label = PlainLabel(text, look, wrap=True)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._box.addWidget(label)
        self._box.addStretch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self._box.totalHeightForWidth(event.size().width()))


class WhereCard(Card):
    """`changed()` when another place is chosen."""

    changed = Signal()

    def __init__(self, choices: Sequence[ProviderChoice]) -> None:
        super().__init__(self.tr("1 · Where"))
        self._choices = tuple(choices)
        self.buttons = [PlaceButton(choice) for choice in self._choices]
        self._group = QButtonGroup(self)
        line = row(spacing=10)
        for n, made in enumerate(self.buttons):
            self._group.addButton(made, n)
            line.addWidget(made, 2)
        if len(self.buttons) < _CARDS_A_ROW:
            line.addStretch(_CARDS_A_ROW - len(self.buttons))
        self.buttons[0].setChecked(True)
        self._group.idToggled.connect(lambda _n, is_on: self.changed.emit() if is_on else None)
        self.body.addLayout(line)

    @property
    def choice(self) -> ProviderChoice:
        return self._choices[self._group.checkedId()]
