"""The import itself, as the working process does it: files in, sorted rows out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tunedesk.core.formats.containers import Container
from tunedesk.core.formats.looking import Action, Look, look_at_values
from tunedesk.core.formats.notes import Note, NoteTally
from tunedesk.core.formats.reading import read_rows
from tunedesk.core.formats.sorting import SortedRow, sort_value
from tunedesk.core.formats.table_rows import convert_records, record_of
from tunedesk.core.rows import Format
from tunedesk.services.project.folder_names import safe_name
from tunedesk.services.transfer.import_types import (
    FilePlan,
    FileReport,
    ImportOrder,
    ImportResult,
    StagedRows,
)
from tunedesk.services.work.apart import Tell
from tunedesk.store.os_errors import translated
from tunedesk.store.parquet_file import ParquetTable
from tunedesk.store.source_files import read_chunks

_TELL_EVERY_ROWS = 200


def import_files(order: ImportOrder, tell: Tell) -> ImportResult:
    """Write the rows of every file that is to be converted into the staging folder.

    Raises TunedeskError for a file that cannot be read or a disk that cannot be written.
    """
    plan = order.plan
    wanted = [
        f for f in plan.files if f.look.action is Action.CONVERT or _is_merged(f, plan.merges)
    ]
    n_all = sum(file.size_bytes for file in wanted)
    sorters: dict[str, _Outputs] = {}
    reports: list[FileReport] = []
    n_before = 0
    try:
        for number, file in enumerate(wanted):
            name = plan.source if plan.merges else file.path
            key = "all" if plan.merges else str(number)
            if key not in sorters:
                sorters[key] = _Outputs(order.staging, key, stem_of(name))
            done = _Part(tell, n_before, n_all)
            reports.append(_import_file(file, sorters[key], done))
            n_before += file.size_bytes
        staged = [rows for outputs in sorters.values() for rows in outputs.finish()]
    finally:
        for outputs in sorters.values():
            outputs.close()
    tell(n_all, n_all)
    return ImportResult(staged=staged, files=reports)


def look_at_parquet(path: Path, tell: Tell) -> tuple[Look, int]:
    """What a table is, and how many rows it has. Raises TunedeskError."""
    table = ParquetTable(path)
    try:
        return look_at_values(table.rows(), table.columns), table.n_rows
    finally:
        table.close()


def stem_of(path: Path) -> str:
    """A dataset's name from its source's: the ending goes, of whatever kind it was."""
    return safe_name(path.stem if path.suffix else path.name, fallback="dataset")


def _is_merged(file: FilePlan, merges: bool) -> bool:
    return merges and file.look.action is Action.OPEN


class _Part:
    """Progress of one file among all."""

    def __init__(self, tell: Tell, n_before: int, n_all: int) -> None:
        self._tell = tell
        self._n_before = n_before
        self._n_all = n_all

    def at(self, n_done: int) -> None:
        self._tell(min(self._n_before + n_done, self._n_all), self._n_all)


class _Outputs:
    """One file for each format, made when its first row comes."""

    def __init__(self, folder: Path, key: str, stem: str) -> None:
        self._folder = folder
        self._key = key
        self._stem = stem
        self._open: dict[Format, BinaryIO] = {}
        self._counts: dict[Format, int] = {}

    def add(self, row: SortedRow) -> None:
        with translated(self._folder, "The rows cannot be written."):
            if row.format not in self._open:
                self._open[row.format] = self._path(row.format).open("xb", 1 << 20)
            self._open[row.format].write(row.raw + b"\n")
        self._counts[row.format] = self._counts.get(row.format, 0) + 1

    def finish(self) -> list[StagedRows]:
        with translated(self._folder, "The rows cannot be written."):
            for stream in self._open.values():
                stream.flush()
                os.fsync(stream.fileno())
        return [
            StagedRows(path=self._path(kind), stem=self._stem, format=kind, n_rows=count)
            for kind, count in self._counts.items()
        ]

    def close(self) -> None:
        with translated(self._folder, "The rows cannot be written."):
            for stream in self._open.values():
                stream.close()

    def _path(self, kind: Format) -> Path:
        return self._folder / f"{self._key}.{kind}"


def _import_file(file: FilePlan, outputs: _Outputs, done: _Part) -> FileReport:
    tally = NoteTally()
    n_rows = n_unrecognised = n_blank = 0
    for row in _rows(file, done):
        if row is None:
            n_blank += 1
            continue
        outputs.add(row)
        tally.add(row.notes)
        n_rows += 1
        n_unrecognised += row.format is Format.UNKNOWN
    if n_blank:
        tally.add([Note(code="blank_lines", params={"n": n_blank})])
    return FileReport(
        path=file.path,
        n_rows=n_rows,
        n_unrecognised=n_unrecognised,
        n_blank=n_blank,
        notes=tally.counts(),
    )


def _rows(file: FilePlan, done: _Part) -> Iterator[SortedRow | None]:
    if file.look.source.container is Container.PARQUET:
        yield from _parquet_rows(file, done)
        return
    yield from read_rows(read_chunks(file.path, done.at), file.look.source, file.look.mapping)


def _parquet_rows(file: FilePlan, done: _Part) -> Iterator[SortedRow]:
    table, mapping = ParquetTable(file.path), file.look.mapping
    try:
        values = _told(table, file.size_bytes, done)
        if mapping is None:
            yield from (sort_value(value, number) for number, value in values)
        else:
            yield from convert_records((record_of(v, number) for number, v in values), mapping)
    finally:
        table.close()


def _told(
    table: ParquetTable, size_bytes: int, done: _Part
) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, value in enumerate(table.rows(), 1):
        if number % _TELL_EVERY_ROWS == 0:
            done.at(size_bytes * number // table.n_rows)
        yield number, value
