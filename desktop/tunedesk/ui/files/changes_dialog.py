"""A window that shows rows that differ and asks what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import RowChange
from tunedesk.core.errors import TunedeskError
from tunedesk.services.work.background import Background
from tunedesk.ui.files.changes_view import ChangesView
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.work_bar import WorkBar
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel

_SIZE = QSize(860, 620)
Answer = tuple[str, str, str]
"""Code, words and look of a button; the last one given is what Enter presses."""


class ChangesDialog(ToolDialog):
    """`answer` is the code of the button that was pressed, "" when it was closed by Escape."""

    def __init__(
        self,
        title: str,
        lead: str,
        changes: Sequence[RowChange],
        answers: Sequence[Answer],
        *,
        background: Background,
        operations: Operations,
        memory: Memory,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, title, "changes", memory, _SIZE)
        self.answer = ""
        self.view = ChangesView(background, operations, theme)
        made = [button(words, partial(self._say, code), look=look) for code, words, look in answers]
        self.buttons = dict(zip((code for code, _, _ in answers), made, strict=True))
        default(made[-1])
        self.lead = PlainLabel(lead, wrap=True)
        self.work = WorkBar(self.tr("Comparing"))
        self.work.hide()
        parts = (PlainLabel(title, "title"), self.lead, self.work, self.view)
        self.arrange(*parts, buttons=[None, *made])
        box = self.layout()
        assert box is not None
        box.setStretchFactor(self.view, 1)  # type: ignore[attr-defined]
        self.view.show_changes(changes)
        self.view.setVisible(bool(changes))
        made[-1].setFocus()

    def begin(self) -> None:
        """The changes are still to be found."""
        self.work.show()
        self.work.begin(self.tr("Comparing…"))

    def show_found(self, lead: str, changes: Sequence[RowChange]) -> None:
        """They are found."""
        self.work.end()
        self.work.hide()
        self.lead.setText(lead)
        self.view.show_changes(changes)
        self.view.setVisible(bool(changes))

    def fail(self, error: TunedeskError) -> None:
        """They cannot be found."""
        self.work.end(f"{error.title} {error.what} {error.next_step}", "error")

    def _say(self, code: str) -> None:
        self.answer = code
        self.accept()
