"""The bytes of what is to be checked, mapped and not read in, wherever they come from."""

from __future__ import annotations

import mmap
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tunedesk.core.lines import Buffer

STDIN = "-"
SUFFIXES = (".jsonl", ".ndjson")
"""Of the files of a folder, those that are checked."""


class Opened(NamedTuple):
    """`path` is a file with these bytes: the one that was named, or a copy of what a pipe gave."""

    name: str
    path: Path
    buffer: Buffer
    status: os.stat_result


def files_in(folder: Path) -> list[Path]:
    """Datasets below a folder, sorted; hidden ones and links to folders are passed over."""
    found = []
    for holder, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(holder, name)
            for name in names
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        ]
    return sorted(found)


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """The bytes of a file, of a pipe, or of standard input for "-". Raises OSError."""
    if str(file) == STDIN:
        with _kept(sys.stdin.buffer) as copy:
            yield copy._replace(name="standard input")
        return
    with file.open("rb") as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode):
            with _kept(source) as copy:
                yield copy._replace(name=str(file))
            return
        with _mapped(source.fileno(), status.st_size) as buffer:
            yield Opened(str(file), file, buffer, status)


@contextmanager
def _kept(source: BinaryIO) -> Iterator[Opened]:
    """A pipe can be read once only, and rows are looked at twice: a copy on the disk."""
    with tempfile.NamedTemporaryFile(prefix="tunedesk-check-") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        status = os.fstat(copy.fileno())
        with _mapped(copy.fileno(), status.st_size) as buffer:
            yield Opened("", Path(copy.name), buffer, status)


@contextmanager
def _mapped(descriptor: int, size: int) -> Iterator[Buffer]:
    if size == 0:
        yield b""
        return
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as buffer:
        yield buffer
