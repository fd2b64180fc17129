"""What an import is going to do, and what it did."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tunedesk.core.formats.columns import ColumnMapping
from tunedesk.core.formats.looking import Action, Look, sample_of_table
from tunedesk.core.formats.notes import Note, NoteCount
from tunedesk.core.rows import Format


class FilePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One file: what it is, and about how many rows it has (`n_rows_is_exact` tells)."""

    path: Path
    size_bytes: int
    look: Look
    n_rows: int
    n_rows_is_exact: bool

    def with_mapping(self, mapping: ColumnMapping) -> FilePlan:
        """The same file read by other columns, with a new sample."""
        sample = [] if mapping.problem() else sample_of_table(self.look, mapping)
        look = msgspec.structs.replace(self.look, mapping=mapping, sample=sample)
        return msgspec.structs.replace(self, look=look)

    def as_conversion(self) -> FilePlan:
        """The file copied and split by format even if it could be opened as it is."""
        look = msgspec.structs.replace(self.look, action=Action.CONVERT)
        return msgspec.structs.replace(self, look=look)


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What `Importing.look` found. Change it with `with_file` and `msgspec.structs.replace`.

    `notes` are about the folder: a word for each file passed over. `merges` puts the rows of all
    files together; otherwise each file becomes datasets of its own.
    """

    source: Path
    files: list[FilePlan]
    notes: list[Note]
    merges: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether anything can be opened or converted."""
        return any(file.look.action is not Action.NOTHING for file in self.files)

    def problem(self) -> str:
        """A code of `columns.PROBLEMS` if a mapping is not finished, else ""."""
        mappings = [file.look.mapping for file in self.files if file.look.mapping is not None]
        return next((found for m in mappings if (found := m.problem())), "")

    def with_file(self, changed: FilePlan) -> ImportPlan:
        """The plan with another plan for that file."""
        files = [changed if file.path == changed.path else file for file in self.files]
        return msgspec.structs.replace(self, files=files)


class ImportedDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that can be opened now. `is_source` says that it is the source, where it was."""

    path: Path
    format: Format
    n_rows: int
    is_source: bool = False


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file; every number of rows adds up to `n_rows`."""

    path: Path
    n_rows: int
    n_unrecognised: int
    n_blank: int
    notes: list[NoteCount]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """`unrecognised` are JSONL files of what could not be used: line, reason and text of each."""

    datasets: list[ImportedDataset]
    unrecognised: list[Path]
    files: list[FileReport]


class ImportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the working process is told."""

    plan: ImportPlan
    staging: Path


class StagedRows(msgspec.Struct, frozen=True, kw_only=True):
    """A finished file in the staging folder."""

    path: Path
    stem: str
    format: Format
    n_rows: int


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the working process hands back."""

    staged: list[StagedRows]
    files: list[FileReport]
