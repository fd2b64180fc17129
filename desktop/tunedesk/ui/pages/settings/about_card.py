"""Version, licence, and whose work is inside."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tunedesk import __version__
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.text import PlainLabel


class AboutCard(Card):
    """Says what Tunedesk is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(f"Tunedesk {__version__}", parent=parent)
        told = self.tr(
            "Teach a chat model by example, and find out by your own judgement whether it got "
            "better. Free software under the Apache License 2.0. The sample model is "
            "SmolLM2-135M-Instruct by Hugging Face, also Apache 2.0. The window is made with Qt "
            "under the LGPL."
        )
        self.body.addWidget(PlainLabel(told, wrap=True))
