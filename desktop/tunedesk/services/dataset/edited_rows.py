"""A dataset's rows with all that is known and noted of them, and what an edit does to that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from tunedesk.core import many
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    MoveRows,
    NoteEdit,
    RestoreRows,
    RowEdit,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
    SetSplits,
    SetTags,
)
from tunedesk.core.orders import kept, order_after, unpacked, without
from tunedesk.core.tokens import TokenCounter
from tunedesk.services.check.alike_rows import AlikeRows
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.row_checking import look_at
from tunedesk.services.dataset.bulk_doubles import double, take_over
from tunedesk.services.dataset.deleted_facts import GoneFacts
from tunedesk.services.dataset.in_step import InStep
from tunedesk.services.dataset.noted_edits import Noted, Notes, noted
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_notes import RowNotes

MOST_AT_ONCE = 100
"""Rows that are looked at while the person waits: 50 ms or less."""
_MOST_COUNTED_BYTES = 32_768  # in some 20 ms; longer rows are left to the check


class Rows(Protocol):
    """Their content; edits of it."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> bytes: ...

    def apply(self, edit: RowEdit) -> RowEdit: ...


class EditedRows:
    """Used by one thread at a time, as are its doubles."""

    def __init__(
        self,
        rows: Rows,
        facts: RowFacts,
        notes: RowNotes,
        issues: IssueTable,
        marks: LaterMarks,
        alike: AlikeRows,
        counter: Callable[[], TokenCounter | None],
    ) -> None:
        """`counter()` counts the tokens of rows that are looked at, if they are to be counted."""
        self.rows, self._counter = rows, counter
        self.facts, self.notes, self.issues = facts, notes, issues
        self._marks, self._alike = marks, alike
        self._gone_facts = GoneFacts()
        self._in_step = InStep(issues, alike, marks)

    def double(self, rows: Rows, notes: RowNotes) -> EditedRows:
        """Another of the same; `rows` and `notes` are doubles, too. Of many rows this takes some
        10 ms; nothing may be found out about rows meanwhile."""
        made = EditedRows(
            rows,
            notes.facts,
            notes,
            double(self.issues),
            double(self._marks),
            double(self._alike),
            self._counter,
        )
        made._gone_facts = double(self._gone_facts)
        return made

    def take_over(self, other: EditedRows) -> None:
        """What is known and noted of the rows becomes what it is in a double."""
        self.notes.take_over(other.notes)
        for mine, its in (
            (self.facts, other.facts),
            (self.issues, other.issues),
            (self._marks, other._marks),
            (self._alike, other._alike),
            (self._gone_facts, other._gone_facts),
        ):
            take_over(mine, its)

    def apply(self, edit: Edit) -> Edit:
        """Returns the edit that undoes it. Raises as `DatasetSession.apply`."""
        if isinstance(edit, SetSplit | SetSplits | SetSplitRule | SetTags):
            return self._edit_notes(edit)
        if isinstance(edit, SetRow | SetRows):
            return self._edit_contents(edit)
        return self._edit_places(edit)

    def look(self, index: int) -> None:
        """Find out what is known of the row by its own rules."""
        raw = self.rows.row(index)
        counter = self._counter() if len(raw) <= _MOST_COUNTED_BYTES else None
        facts, issues = look_at(raw, index + 1, counter)
        self.facts.put(index, facts)
        self.issues.put(index, issues)

    # ---- inner ---------------------------------------------------------------------------------

    def _edit_places(self, edit: RowEdit) -> RowEdit:
        n_rows = len(self.rows)
        inverse = self.rows.apply(edit)
        match edit:
            case InsertRow():
                self.facts.insert(edit.index)
                self._in_step.insert(edit.index)
                self.look(edit.index)
            case DeleteRow():
                self.facts.delete(edit.index)
                self._in_step.delete(edit.index)
            case MoveRows():
                self.facts.move(edit.first, edit.count, edit.to)
                self._in_step.move(edit.first, edit.count, edit.to)
            case DeleteRows():
                mask = kept(edit, n_rows)
                assert isinstance(inverse, RestoreRows)
                self._gone_facts.keep(inverse, self.facts.known(mask))
                self.facts.keep(mask)
                self._in_step.take(without(many.counted(n_rows), mask))
            case _:
                order = order_after(edit, n_rows)
                self.facts.take(order)
                self._in_step.take(order)
                if isinstance(edit, RestoreRows) and (known := self._gone_facts.take(edit)):
                    self.facts.put_back(unpacked(edit.indices), known)
        return inverse

    def _edit_contents(self, edit: SetRow | SetRows) -> Noted:
        """Notes follow a prompt that is edited; an edit that turns one back brings its own."""
        plain = edit.plain if isinstance(edit, Noted) else edit
        inverse = self.rows.apply(plain)
        assert isinstance(inverse, SetRow | SetRows)
        before = Notes()
        for row, old in self._look_again(rows_set(plain)):
            if not isinstance(edit, Noted):
                self.notes.follow(row, old, before)
        if isinstance(edit, Noted):
            before = self.notes.put_back(edit.notes)
        return noted(inverse, before)

    def _look_again(self, rows: list[int]) -> Iterator[tuple[int, int]]:
        """These have other bytes now. Few are looked at here, many in the next check, but for those
        that have notes; of each, the row and the prompt it had, right after the look."""
        self._in_step.forget(rows)
        here = rows
        if len(rows) > MOST_AT_ONCE:
            keys = self.facts.keys
            here = [row for row in rows if self.notes.is_noted(keys[row])]
        old = {row: self.facts.keys[row] for row in here if self.facts.is_known(row)}
        if len(here) < len(rows):
            self.facts.forget(rows)
        for row in here:
            self.look(row)
            if row in old:
                yield row, old[row]

    def _edit_notes(self, edit: NoteEdit) -> NoteEdit:
        rows = rows_named(edit)
        least, most = many.span(rows)
        if least < 0 or most >= len(self.rows):
            raise IndexError(f"rows {least} to {most}")
        for index in self.facts.pending_of(rows):
            self.look(index)
        return self.notes.apply(edit)


def rows_named(edit: NoteEdit) -> Sequence[int]:
    """The rows that get notes; none where all do."""
    match edit:
        case SetSplit():
            return (edit.index,)
        case SetSplits() | SetTags():
            return edit.indices
    return ()


def rows_set(edit: SetRow | SetRows) -> list[int]:
    """The rows that get other bytes."""
    return [edit.index] if isinstance(edit, SetRow) else [index for index, _ in edit.rows]
