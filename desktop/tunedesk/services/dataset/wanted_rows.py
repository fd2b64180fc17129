"""Reading the rows that a process is asked about, some dozens at a time."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tunedesk.core.validation.blocks import BLOCK_ROWS, Lines
from tunedesk.services.check.protocol import Wanted
from tunedesk.store.base_file import identity_of
from tunedesk.store.file_access import open_regular, read_at

_BLOCK_BYTES = 48 << 10
"""What is read stays in the processor's cache until it is used."""


class OtherFileError(Exception):
    """The path does not lead to the file that is meant."""


def blocks(wanted: Wanted) -> Iterator[Lines | list[bytes]]:
    """The rows without line ends, in order. Raises OtherFileError, OSError."""
    return _stretch(wanted, wanted.stop) if wanted.stop else _places(wanted)


def rows(wanted: Wanted) -> Iterator[bytes]:
    """As `blocks`, one row after another."""
    for block in blocks(wanted):
        yield from block if isinstance(block, list) else block.rows()


@contextmanager
def reader(wanted: Wanted) -> Iterator[Callable[[int], bytes]]:
    """What reads single rows, by place. Raises OtherFileError, OSError."""
    starts, lengths = array("q", wanted.starts), array("q", wanted.lengths)
    own = dict(wanted.own)
    if wanted.stop:
        starts.append(wanted.stop + 1)
    with _opened(wanted) if len(own) < len(wanted) else nullcontext(-1) as file:

        def read(row: int) -> bytes:
            if row in own:
                return own[row]
            length = starts[row + 1] - starts[row] - 1 if wanted.stop else lengths[row]
            return read_at(file, starts[row], length)

        yield read


def _stretch(wanted: Wanted, stop: int) -> Iterator[Lines]:
    starts = array("q", wanted.starts)
    n_rows = len(starts)
    with _opened(wanted) as file:
        first = 0
        while first < n_rows:
            origin = starts[first]
            last = max(bisect_right(starts, origin + _BLOCK_BYTES, first), first + 1)
            end = stop if last == n_rows else starts[last] - 1
            text = read_at(file, origin, end - origin)
            if len(text) < end - origin:
                raise OtherFileError
            yield Lines(text, [start - origin for start in starts[first:last]])
            first = last


def _places(wanted: Wanted) -> Iterator[list[bytes]]:
    starts, lengths = array("q", wanted.starts), array("q", wanted.lengths)
    own = dict(wanted.own)
    with _opened(wanted) if len(own) < len(starts) else nullcontext(-1) as file:
        for first in range(0, len(starts), BLOCK_ROWS):
            yield [
                own[at] if at in own else read_at(file, starts[at], lengths[at])
                for at in range(first, min(first + BLOCK_ROWS, len(starts)))
            ]


@contextmanager
def _opened(wanted: Wanted) -> Iterator[int]:
    """Opened anew each time: a file held open cannot be replaced on Windows."""
    try:
        descriptor = open_regular(Path(wanted.path))
    except OSError as error:
        raise OtherFileError from error
    try:
        if identity_of(os.fstat(descriptor)) != wanted.identity:
            raise OtherFileError
        yield descriptor
    finally:
        os.close(descriptor)
