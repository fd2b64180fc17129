"""Edits that can be undone: each is one entry of the Qt undo stack."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from tunedesk.core.edits import Edit
from tunedesk.services.dataset_session import DatasetSession


class EditCommand(QUndoCommand):
    """Applies an edit through the session and keeps its inverse.

    `applied(edit)` is called after each direction, so that the views follow.
    """

    def __init__(
        self, name: str, session: DatasetSession, edit: Edit, applied: Callable[[Edit], None]
    ) -> None:
        super().__init__(name)
        self._session = session
        self._next = edit
        self._applied = applied

    def redo(self) -> None:
        self._turn()

    def undo(self) -> None:
        self._turn()

    def _turn(self) -> None:
        edit = self._next
        self._next = self._session.apply(edit)
        self._applied(edit)
