"""Files to import from: read in chunks, never changed; folders of them in natural order."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tunedesk.core.formats.containers import SUFFIXES
from tunedesk.core.formats.notes import Note
from tunedesk.store import file_access
from tunedesk.store.os_errors import translated

MAX_FILES = 10_000
_CHUNK_BYTES = 1 << 18
_CANNOT_READ = "The file cannot be read."
_DIGITS = re.compile(r"(\d+)")


class FolderListing(msgspec.Struct, frozen=True, kw_only=True):
    """The files to look at, in natural order, and a note for each that was passed over."""

    files: list[Path]
    notes: list[Note]


def read_start(path: Path, n_bytes: int) -> tuple[bytes, int]:
    """Up to `n_bytes` from the beginning, and the file's size. Raises TunedeskError."""
    with translated(path, _CANNOT_READ):
        descriptor = file_access.open_regular(path)
        try:
            return file_access.read_at(descriptor, 0, n_bytes), os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)


def read_chunks(path: Path, at: Callable[[int], object] = lambda _: None) -> Iterator[bytes]:
    """The file from beginning to end; `at` is told how many bytes have been read so far.

    Raises TunedeskError, naming file and cause.
    """
    with translated(path, _CANNOT_READ):
        descriptor = file_access.open_regular(path)
    try:
        start = 0
        while True:
            with translated(path, _CANNOT_READ):
                chunk = file_access.read_at(descriptor, start, _CHUNK_BYTES)
            if not chunk:
                return
            yield chunk
            start += len(chunk)
            at(start)
    finally:
        os.close(descriptor)


def count_line_ends(path: Path) -> int:
    """How many lines a file has; a last one without a line end counts. Raises TunedeskError."""
    n_lines, last = 0, b"\n"
    for chunk in read_chunks(path):
        n_lines += chunk.count(b"\n")
        last = chunk[-1:]
    return n_lines + (last != b"\n")


def list_folder(folder: Path) -> FolderListing:
    """Every file of examples below a folder. Raises TunedeskError if it cannot be read.

    Hidden files, links out of the folder, and files that are no data by their name are noted.
    """
    files: list[Path] = []
    notes: list[Note] = []
    for path in _walk(folder, notes):
        code = _why_not(folder, path)
        if code:
            notes.append(Note(code=code, field=str(path.relative_to(folder))))
        elif len(files) >= MAX_FILES:
            notes.append(Note(code="too_many_files", params={"n": MAX_FILES}))
            break
        else:
            files.append(path)
    return FolderListing(files=files, notes=notes)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """For sorting: numbers in names count as numbers, "part2" comes before "part10"."""
    pieces = _DIGITS.split(name.casefold())
    return [(0, int(p), "") if i % 2 else (1, 0, p) for i, p in enumerate(pieces)]


def _walk(folder: Path, notes: list[Note]) -> Iterator[Path]:
    with translated(folder, "The folder cannot be read."):
        entries = list(folder.iterdir())
    for path in sorted(entries, key=lambda entry: natural_key(entry.name)):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _walk(path, notes)
        else:
            yield path


def _why_not(folder: Path, path: Path) -> str:
    if path.name.startswith("."):
        return "skipped_hidden"
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        return "skipped_link"
    if not path.is_file():
        return "skipped_special"
    return "" if path.suffix.lower() in SUFFIXES else "skipped_kind"
