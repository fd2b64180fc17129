"""Light, dark, or as the system has it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row


class AppearanceCard(Card):
    """`remember(appearance)` is called when another one was chosen."""

    def __init__(
        self,
        theme: Theme,
        remember: Callable[[Appearance], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Light or dark"), parent=parent)
        self._theme, self._remember = theme, remember
        group = QButtonGroup(self)
        words: dict[Appearance, str] = {
            "system": self.tr("As the system"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        looks = []
        for appearance, text in words.items():
            made = button(text, look="filter")
            made.clicked.connect(lambda _=False, a=appearance: self._choose(a))
            made.setChecked(theme.appearance == appearance)
            group.addButton(made)
            looks.append(made)
        self.body.addLayout(row(*looks, None))

    def _choose(self, appearance: Appearance) -> None:
        self._theme.set_appearance(appearance)
        self._remember(appearance)
