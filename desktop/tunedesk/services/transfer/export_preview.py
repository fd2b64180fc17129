"""What an export changes or leaves out, said before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.formats.export_rows import KEEPS_BYTES, ExportKind, export_row
from tunedesk.core.formats.notes import Note, NoteCount, NoteTally
from tunedesk.core.formats.parquet_rows import ParquetLayout
from tunedesk.core.formats.row_notes import RejectedRow, RowNotes
from tunedesk.core.rows import Format, RowError, parse_row

LOOKED_AT_ROWS = 2_000


class ExportPreview(msgspec.Struct, frozen=True, kw_only=True):
    """Of the first `n_rows` rows; `n_left_out` of them cannot be written so."""

    n_rows: int
    n_left_out: int
    notes: list[NoteCount]


def preview_export(
    rows: Sequence[tuple[int, bytes]], kind: Format, target: ExportKind
) -> ExportPreview:
    """Try rows, given as (number from 1, raw), of a format. Blocking; writes nothing."""
    tally, n_left_out = NoteTally(), 0
    if target is ExportKind.JSONL:
        return ExportPreview(n_rows=len(rows), n_left_out=0, notes=[])
    layout = ParquetLayout(kind)
    for number, raw in rows:
        notes, is_written = _tried(number, raw, kind, target, layout)
        tally.add(notes)
        n_left_out += not is_written
    return ExportPreview(n_rows=len(rows), n_left_out=n_left_out, notes=tally.counts())


def _tried(
    number: int, raw: bytes, kind: Format, target: ExportKind, layout: ParquetLayout
) -> tuple[list[Note], bool]:
    try:
        value = parse_row(raw)
    except RowError as error:
        note = Note(code="unreadable_row", row=number, params={"reason": error.reason})
        return [note], False
    if target in KEEPS_BYTES or target is ExportKind.CSV:
        return [], True
    if target is ExportKind.PARQUET:
        return _fitted(number, value, layout)
    done = export_row(value, kind, target, number)
    return done.notes, done.value is not None


def _fitted(
    number: int, value: Mapping[str, Any], layout: ParquetLayout
) -> tuple[list[Note], bool]:
    notes = RowNotes(number)
    try:
        layout.fit(value, notes)
    except RejectedRow as rejected:
        return [rejected.note], False
    return notes.all(), True
