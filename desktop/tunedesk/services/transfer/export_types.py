"""What is to be exported and how, and what came of it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tunedesk.core.formats.export_rows import ExportKind
from tunedesk.core.formats.notes import NoteCount
from tunedesk.core.rows import Format


class CsvOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`has_bom` lets Excel read the file as UTF-8. Unprotected, formulas run when it is opened."""

    has_bom: bool = True
    delimiter: str = ","
    protects_formulas: bool = True


class ExportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the working process is told: rows of `format` in the JSONL file `rows`."""

    rows: Path
    staged: Path
    format: Format
    kind: ExportKind
    csv: CsvOptions


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """`n_left_out` rows could not be written; the notes name them and every loss."""

    path: Path
    n_rows: int
    n_left_out: int
    notes: list[NoteCount]
