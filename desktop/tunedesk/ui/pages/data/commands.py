"""Edits that can be undone: each is one entry of the Qt undo stack."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from PySide6.QtGui import QUndoCommand

from tunedesk.core import many
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RestoreRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplits,
    SetTags,
)
from tunedesk.core.orders import order_of, unpacked
from tunedesk.services.dataset.session import DatasetSession

Turned = Callable[[bool], object]


class EditCommand(QUndoCommand):
    """Applies an edit through the session and keeps its inverse.

    `applied(edit)` is called after each direction, so that the views follow; `turned(is_undone)`
    after each undo and redo, but not when the edit is first made.
    """

    def __init__(
        self,
        name: str,
        session: DatasetSession,
        edit: Edit,
        applied: Callable[[Edit], None],
        turned: Turned | None = None,
    ) -> None:
        super().__init__(name)
        self._session = session
        self.next = edit
        """What the next undo or redo does."""
        self._applied, self._turned = applied, turned
        self._is_made = self._is_done_before = False

    def done_before(self) -> EditCommand:
        """The session came with what `next` undoes: putting it on the stack does nothing."""
        self._is_made = self._is_done_before = True
        return self

    def redo(self) -> None:
        if self._is_done_before:
            self._is_done_before = False
            return
        self._turn()
        if self._is_made and self._turned is not None:
            self._turned(False)
        self._is_made = True

    def undo(self) -> None:
        self._turn()
        if self._turned is not None:
            self._turned(True)

    def _turn(self) -> None:
        edit = self.next
        self.next = self._session.apply(edit)
        self._applied(edit)


def place_of(edit: Edit, chosen: int) -> int:
    """The row to show after an edit, where `chosen` was shown before."""
    match edit:
        case SetRow() | SetSplit() | InsertRow() | DeleteRow():
            return edit.index
        case MoveRows():
            return edit.to
        case InsertRows() if edit.rows:
            return edit.rows[0][0]
        case DeleteRows() if edit.indices:
            return edit.indices[0]
        case ReorderRows() if chosen >= 0:
            return many.positions(order_of(edit), chosen)[0]
        case RestoreRows() if edit.indices:
            return unpacked(edit.indices)[0]
        case SetRows() if edit.rows:
            is_among = chosen in map(itemgetter(0), edit.rows)
            return chosen if is_among else edit.rows[0][0]
        case SetSplits() | SetTags() if edit.indices:
            return chosen if many.has(edit.indices, chosen) else edit.indices[0]
    return max(chosen, 0)


def came_together(edit: Edit) -> int:
    """How many rows came in at one place; 0 if none, or if they came here and there."""
    match edit:
        case InsertRows():
            return len(edit.rows)
        case RestoreRows():
            places = unpacked(edit.indices)
            return len(places) if places and places[-1] - places[0] == len(places) - 1 else 0
    return 0
