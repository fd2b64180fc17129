"""1 · Where: one card a provider that can train."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup

from tunedesk.services.training import ProviderChoice
from tunedesk.ui.pages.new_fine_tune.places import place_detail
from tunedesk.ui.widgets.card_button import CardButton
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.text import PlainLabel

_CARDS_A_ROW = 3


class PlaceButton(CardButton):
    """Title and one or two lines; chosen like a radio button."""

    def __init__(self, choice: ProviderChoice) -> None:
        detail = place_detail(choice)
        words = column(
            PlainLabel(choice.name, "heading", wrap=True),
            PlainLabel(detail, "second", wrap=True),
            spacing=3,
            margins=(16, 11, 16, 11),
        )
        super().__init__(words, choice.name)
        self.setCheckable(True)
        self.setAccessibleDescription(detail)


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

    def choose(self, provider_id: str) -> None:
        """Choose a place by its id; one that is not offered leaves the choice as it is."""
        for made, choice in zip(self.buttons, self._choices, strict=True):
            if choice.id == provider_id:
                made.setChecked(True)

    @property
    def choice(self) -> ProviderChoice:
        return self._choices[self._group.checkedId()]
