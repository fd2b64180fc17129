"""The export itself, as the working process does it: rows in, one file out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from tunedesk.core.formats.export_rows import ExportKind, export_row
from tunedesk.core.formats.json_stream import read_lines
from tunedesk.core.formats.notes import Note, NoteTally
from tunedesk.core.formats.parquet_rows import ParquetLayout
from tunedesk.core.formats.row_notes import RejectedRow, RowNotes
from tunedesk.core.formats.table_layout import TableLayout
from tunedesk.core.formats.table_text import protected, write_record
from tunedesk.core.json_text import BOM, dump
from tunedesk.core.rows import RowError, parse_row
from tunedesk.services.transfer.export_types import ExportOrder, ExportReport
from tunedesk.services.work.apart import Tell
from tunedesk.store.os_errors import translated
from tunedesk.store.parquet_file import write_parquet
from tunedesk.store.source_files import read_chunks

_BUFFER_BYTES = 1 << 20


def export_rows(order: ExportOrder, tell: Tell) -> ExportReport:
    """Write `order.staged`. Raises TunedeskError if something cannot be read or written."""
    return _Export(order, tell).run()


class _Row(msgspec.Struct, frozen=True):
    number: int
    raw: bytes
    value: Any
    error: RowError | None


class _Export:
    def __init__(self, order: ExportOrder, tell: Tell) -> None:
        self._order = order
        self._tell = tell
        self._tally = NoteTally()
        self._n_rows = 0
        self._n_left_out = 0
        self._n_passes = 2 if order.kind is ExportKind.CSV else 1

    def run(self) -> ExportReport:
        order = self._order
        if order.kind is ExportKind.PARQUET:
            self._write_parquet()
        else:
            with self._new_file(order.staged) as stream:
                self._writer()(stream)
        return ExportReport(
            path=order.staged,
            n_rows=self._n_rows,
            n_left_out=self._n_left_out,
            notes=self._tally.counts(),
        )

    @contextmanager
    def _new_file(self, path: Path) -> Iterator[BinaryIO]:
        """A file that is on the disk at the end of the block. Raises TunedeskError."""
        failing = translated(path, "The file was not written.")
        with failing, path.open("xb", _BUFFER_BYTES) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())

    def _writer(self) -> Callable[[BinaryIO], None]:
        return {
            ExportKind.JSONL: self._write_lines,
            ExportKind.JSON_ARRAY: self._write_array,
            ExportKind.CSV: self._write_csv,
        }.get(self._order.kind, self._write_converted)

    def _write_lines(self, stream: BinaryIO) -> None:
        """Every row as it is, broken ones too."""
        for row in self._rows(is_parsed=False):
            stream.write(row.raw + b"\n")
            self._n_rows += 1

    def _write_array(self, stream: BinaryIO) -> None:
        before = b"[\n"
        for row in self._readable():
            stream.write(before + row.raw.removeprefix(BOM).strip())
            before = b",\n"
            self._n_rows += 1
        stream.write(b"[]\n" if before == b"[\n" else b"\n]\n")

    def _write_converted(self, stream: BinaryIO) -> None:
        for row in self._readable():
            done = export_row(row.value, self._order.format, self._order.kind, row.number)
            self._tally.add(done.notes)
            if done.value is None:
                self._n_left_out += 1
                continue
            stream.write(dump(done.value, ascii_only=False).encode() + b"\n")
            self._n_rows += 1

    def _write_csv(self, stream: BinaryIO) -> None:
        layout = TableLayout(self._order.format)
        for row in self._rows(is_parsed=True):
            if row.error is None:
                layout.add(row.value)
        names = layout.names()
        stream.write(BOM if self._order.csv.has_bom else b"")
        stream.write(self._record(names))
        for row in self._readable(n_pass=1):
            cells = [
                self._safe(cell, name, row.number)
                for cell, name in zip(layout.cells(row.value, row.raw), names, strict=True)
            ]
            stream.write(self._record(cells))
            self._n_rows += 1

    def _record(self, cells: list[str]) -> bytes:
        return write_record(cells, self._order.csv.delimiter).encode()

    def _safe(self, cell: str, name: str, row: int) -> str:
        if not self._order.csv.protects_formulas:
            return cell
        safe = protected(cell)
        if safe != cell:
            self._tally.add([Note(code="formula_protected", row=row, field=name)])
        return safe

    def _write_parquet(self) -> None:
        """Through a file of lines that DuckDB can read."""
        layout = ParquetLayout(self._order.format)
        lines = self._order.staged.with_name("rows.jsonl")
        with self._new_file(lines) as stream:
            for row in self._readable():
                self._write_fitted(row, layout, stream)
        write_parquet(lines, layout.columns(), self._order.staged)

    def _write_fitted(self, row: _Row, layout: ParquetLayout, stream: BinaryIO) -> None:
        notes = RowNotes(row.number)
        try:
            fitted = layout.fit(row.value, notes)
        except RejectedRow as rejected:
            self._leave_out(rejected.note)
            return
        self._tally.add(notes.all())
        stream.write(dump(fitted, ascii_only=False).encode() + b"\n")
        self._n_rows += 1

    def _readable(self, n_pass: int = 0) -> Iterator[_Row]:
        """Rows that are JSON; the others are named and left out."""
        for row in self._rows(is_parsed=True, n_pass=n_pass):
            if row.error is None:
                yield row
                continue
            reason = row.error.reason
            note = Note(code="unreadable_row", row=row.number, params={"reason": reason})
            self._leave_out(note)

    def _leave_out(self, note: Note) -> None:
        self._tally.add([note])
        self._n_left_out += 1

    def _rows(self, *, is_parsed: bool, n_pass: int = 0) -> Iterator[_Row]:
        size_bytes = max(self._order.rows.stat().st_size, 1)

        def at(n_done: int) -> None:
            self._tell(n_pass * size_bytes + n_done, self._n_passes * size_bytes)

        for piece in read_lines(read_chunks(self._order.rows, at)):
            if is_parsed and not piece.raw.strip():
                continue
            yield (
                _parsed(piece.line, piece.raw)
                if is_parsed
                else _Row(piece.line, piece.raw, None, None)
            )


def _parsed(number: int, raw: bytes) -> _Row:
    try:
        return _Row(number, raw, parse_row(raw), None)
    except RowError as error:
        return _Row(number, raw, None, error)
