"""What is to be said about an import or export: codes with parameters, and their English words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from tunedesk.core.formats.note_words import TEMPLATES

Param = str | int
MAX_ROWS_NAMED = 10_000
"""Row numbers kept for each kind of note; the count is exact however many there are."""


WORD_PARAMS = ("shape", "evidence", "encoding", "delimiter", "reason", "what")


class NoteKind(StrEnum):
    FACT = "fact"
    """How the source is written, for instance its encoding."""
    CHANGE = "change"
    """Said in another way; nothing is lost."""
    LOSS = "loss"
    """Something of the row has no place where it goes."""
    REJECTED = "rejected"
    """The row is not in the result; it is kept among the unrecognised."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One remark. `row` is the source's line (text) or row (Parquet), from 1; 0 is all of it.

    `field` is what it is about: a column, a key, a path such as `conversations[2].value`. Of
    `params`, those in WORD_PARAMS are English phrases that want translating themselves.
    """

    code: str
    row: int = 0
    field: str = ""
    params: dict[str, Param] = {}

    @property
    def kind(self) -> NoteKind:
        return NoteKind(TEMPLATES[self.code][0])


class NoteCount(msgspec.Struct, frozen=True, kw_only=True):
    """Equal remarks about many rows: the first of them, how many, and which rows."""

    first: Note
    count: int
    rows: list[int]


class NoteTally:
    """Collects notes of any number of rows in bounded memory."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], Note] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._rows: dict[tuple[str, str], list[int]] = {}

    def add(self, notes: Iterable[Note]) -> None:
        """Count notes; those of one code and one field (indices aside) are of one kind."""
        for note in notes:
            key = (note.code, _without_indices(note.field))
            if key not in self._first and len(self._first) >= _MAX_KINDS:
                key = (note.code, "")
            self._first.setdefault(key, note)
            self._counts[key] = self._counts.get(key, 0) + 1
            rows = self._rows.setdefault(key, [])
            if len(rows) < MAX_ROWS_NAMED:
                rows.append(note.row)

    def counts(self) -> list[NoteCount]:
        """Every kind, in the order in which they were met first."""
        return [
            NoteCount(first=first, count=self._counts[key], rows=self._rows[key])
            for key, first in self._first.items()
        ]


def template(code: str) -> str:
    """The English sentence with {parameters}: the source text of a translation."""
    return TEMPLATES[code][1]


def sentence(note: Note) -> str:
    """The note in English."""
    return template(note.code).format(**{"row": note.row, "field": note.field, **note.params})


_MAX_KINDS = 500  # a file may name a new key in each row


def _without_indices(field: str) -> str:
    if "[" not in field:
        return field
    return "".join(piece.partition("]")[2] for piece in f"]{field}".split("["))
