"""English, Thai, or as the system has it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QWidget

from tunedesk.core.speech import in_english
from tunedesk.ui.language import Choice
from tunedesk.ui.pages.settings.check_words import no_thai_words
from tunedesk.ui.theme.fonts import can_draw_thai
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel


class LanguageCard(Card):
    """`choose(choice)` is called when another one was clicked; the page is made anew by it."""

    def __init__(
        self, chosen: Choice, choose: Callable[[Choice], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(self.tr("Language"), parent=parent)
        group = QButtonGroup(self)
        # Each language by its own name, so that it is found by who cannot read the present one.
        words: dict[Choice, str] = {
            "system": self.tr("As the system"),
            "en": "English",
            "th": "ไทย",
        }
        looks = []
        for choice, text in words.items():
            name = self.tr("Language as the system") if choice == "system" else text
            made = button(text, look="filter", name=name)
            made.clicked.connect(lambda _=False, c=choice: choose(c))
            made.setChecked(choice == chosen)
            group.addButton(made)
            looks.append(made)
        self.body.addLayout(row(*looks, None))
        told = self.tr(
            "The pages are made anew at once. Edits are kept; what can be undone begins again."
        )
        self.body.addWidget(PlainLabel(told, "second", wrap=True))
        if not can_draw_thai():  # in English: the other words would be boxes
            self.body.addWidget(PlainLabel(in_english(no_thai_words()), "second", wrap=True))
