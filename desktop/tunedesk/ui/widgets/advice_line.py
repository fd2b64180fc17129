"""One quiet line at the foot of a page: what is advised and why, the next step, and silence."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QSizePolicy

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip


class AdviceLine(QFrame):
    """Hidden until there is something to say. `follow()` does the next step, `silence()` says that
    this advice is not wanted again."""

    def __init__(self, follow: Callable[[], object], silence: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("look", "advice")
        self.text = PlainLabel("", "second", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.deed = button("", follow, look="link")
        self.never = button(self.tr("Do not say again"), silence, look="quiet")
        set_tip(self.never, self.tr("This advice is not given again in this project"))
        line = row(spacing=10, margins=(18, 3, 12, 3))
        line.addWidget(self.text, 1)
        line.addWidget(self.deed)
        line.addWidget(self.never)
        self.setLayout(line)
        self.hide()

    def say(self, words: str, deed: str) -> None:
        """Show the sentence and the word of the next step."""
        self.text.setText(words)
        self.setAccessibleName(words)
        self.deed.setText(deed)
        self.deed.setAccessibleName(deed)
        self.deed.setAccessibleDescription(words)
        self.never.setAccessibleDescription(words)
        self.show()
