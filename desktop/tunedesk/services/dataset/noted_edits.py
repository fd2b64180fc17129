"""Edits that turn back what was written into rows, and what became of the notes on them.

A note is kept by prompt and goes along when the prompt is edited, also to rows that ask the new one
already: which of them had it before, only the edit that was done can tell.
"""

from __future__ import annotations

import msgspec

from tunedesk.core.edits import SetRow, SetRows
from tunedesk.services.dataset.row_tags import Tags
from tunedesk.store.records import SplitSide


class Notes(msgspec.Struct, frozen=True):
    """What some prompts had, by their keys: a side (None: the seed's), tags."""

    sides: dict[int, SplitSide | None] = msgspec.field(default_factory=dict)
    tags: dict[int, Tags] = msgspec.field(default_factory=dict)


class SetRowAndNotes(SetRow, frozen=True, tag="set_row_and_notes"):
    """`SetRow`, then these notes. For this session alone: a journal keeps the rows."""

    notes: Notes

    @property
    def plain(self) -> SetRow:
        return SetRow(self.index, self.raw)


class SetRowsAndNotes(SetRows, frozen=True, tag="set_rows_and_notes"):
    """`SetRows`, then these notes."""

    notes: Notes

    @property
    def plain(self) -> SetRows:
        return SetRows(self.rows)


Noted = SetRowAndNotes | SetRowsAndNotes


def noted(edit: SetRow | SetRows, notes: Notes) -> Noted:
    """The edit with the notes that come after it."""
    if isinstance(edit, SetRow):
        return SetRowAndNotes(edit.index, edit.raw, notes)
    return SetRowsAndNotes(edit.rows, notes)
