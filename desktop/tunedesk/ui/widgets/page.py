"""What every page is: a header line with its title and actions, and a body."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from tunedesk.ui.widgets.text import PlainLabel


class Page(QWidget):
    """Base of the pages.

    `navigate(page_id, payload)` asks the shell to show another page; `rail_note(text)` sets the
    small grey word beside this page's name in the rail; `status(text)` the status bar's sentence
    while the page is shown; `saved(text)` the word at its right end, which stays; `hint(text)`
    what a drop would do, "" when nothing hangs over a part of the page any more.
    """

    navigate = Signal(str, object)
    rail_note = Signal(str)
    status = Signal(str)
    saved = Signal(str)
    hint = Signal(str)

    def __init__(
        self, title: str, *, with_header: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName(title)
        self.outer = QVBoxLayout(self)
        self.outer.setContentsMargins(0, 0, 0, 0)
        self.outer.setSpacing(0)
        self.title_label = PlainLabel(title, "title")
        self.header = QHBoxLayout()
        if with_header:
            self._add_header()

    def set_title(self, title: str) -> None:
        """The title above, and the page's name for a screen reader."""
        self.title_label.setText(title)
        self.setAccessibleName(title)

    def _add_header(self) -> None:
        frame = QFrame()
        frame.setObjectName("pageHeader")
        frame.setFixedHeight(56)
        self.header = QHBoxLayout(frame)
        self.header.setContentsMargins(18, 0, 18, 0)
        self.header.setSpacing(10)
        self.header.addWidget(self.title_label)
        self.outer.addWidget(frame)

    def finish(self) -> None:
        """Called before the page is shown: what is left of making it, at once."""

    def on_enter(self, payload: object = None) -> None:
        """Called each time the page is shown; `payload` is what `navigate` carried."""

    def tables_changed(self) -> None:
        """Called when the table of prices or that of ends is another."""

    def first_focus(self) -> QWidget | None:
        """The widget that takes the keyboard when the page is shown."""
        return None
