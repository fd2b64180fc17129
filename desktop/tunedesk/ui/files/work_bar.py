"""A line for something that takes time: how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel

_STEPS = 1000


class WorkBar(QWidget):
    """Keeps its room while it is hidden, so that nothing jumps."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ProgressBar()
        self.bar.setAccessibleName(name)
        self.text = PlainLabel("", "second", wrap=True)
        self.setLayout(column(self.bar, self.text, spacing=5))
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.bar.hide()

    def begin(self, text: str) -> None:
        """Something has begun whose length is not known yet."""
        self.bar.setRange(0, 0)
        self.bar.show()
        self.say(text)

    def at(self, n_done: int, n_all: int) -> None:
        """`n_done` of `n_all` of anything are done."""
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(_STEPS * n_done // max(n_all, 1))

    def say(self, text: str, look: str = "second") -> None:
        self.text.set_look(look)
        self.text.setText(text)
        self.text.setAccessibleName(text)

    def end(self, text: str = "", look: str = "second") -> None:
        """It is over, well or not."""
        self.bar.hide()
        self.say(text, look)


Progress = Callable[[int, int], object]
