"""Where the rows of a large file lie, kept beside the journal: the next start need not look again.

The file of rows stays the truth. What is kept counts only for the very state of the file it was
made of (device, inode, size, both times), and a sample of it is looked up in the file.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from array import array
from pathlib import Path

import msgspec

from tunedesk.store.base_file import BaseFile, identity_of
from tunedesk.store.row_table import RowTable, Scan

LEAST_BYTES = 32 << 20
"""A smaller file is read through in the time that keeping takes."""

_SETTLED_NS = 2_000_000_000  # a file system's clock is coarse: younger files may change unseen
_SAMPLE = 64


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line; the offsets follow as the machine holds them, then mixed line ends."""

    state: tuple[int, int, int, int, int]
    byte_order: str
    typecode: str
    n_rows: int
    line_end: int
    n_line_ends: int
    ends_with_line_end: bool


def state_of(stat: os.stat_result) -> tuple[int, int, int, int, int]:
    """Every change of a file changes this, also one that puts its old time back."""
    return (*identity_of(stat), stat.st_ctime_ns)


def is_settled(stat: os.stat_result) -> bool:
    """Whether the next change will have another time for sure."""
    return time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS


def keep(path: Path, base: BaseFile, scan: Scan) -> None:
    """Keep what a scan found of `base`, which was settled before. Where it fails, nothing is."""
    if state_of(os.fstat(base.descriptor)) != state_of(base.stat):
        return
    table = scan.table
    head = _Head(
        state=state_of(base.stat),
        byte_order=sys.byteorder,
        typecode=table.offsets.typecode,
        n_rows=len(table),
        line_end=table.line_end,
        n_line_ends=len(table.line_ends),
        ends_with_line_end=scan.ends_with_line_end,
    )
    new = path.with_name(f"{path.name}.new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as out:
            out.write(msgspec.json.encode(head) + b"\n")
            table.offsets.tofile(out)
            table.line_ends.tofile(out)
        new.replace(path)


def kept(path: Path, base: BaseFile) -> Scan | None:
    """What was kept of this state of the file; None if nothing was, or it does not fit."""
    try:
        with path.open("rb") as stream:
            head = msgspec.json.decode(stream.readline(), type=_Head)
            if head.state != state_of(base.stat) or head.byte_order != sys.byteorder:
                return None
            table = RowTable(head.line_end)
            table.offsets = array(head.typecode)
            table.offsets.fromfile(stream, head.n_rows + 1)
            table.line_ends.fromfile(stream, head.n_line_ends)
            table.n_in_file = head.n_rows
    except (OSError, EOFError, ValueError, TypeError, msgspec.MsgspecError):
        return None
    if not _fits(table, base):
        return None
    return Scan.known(table, ends_with_line_end=head.ends_with_line_end)


def _fits(table: RowTable, base: BaseFile) -> bool:
    """Before the begin of a row there is a line feed, before that of the first one nothing."""
    if len(table) and table.offsets[0]:  # of a time when a byte order mark was no row's
        return False
    step = max(1, len(table) // _SAMPLE)
    places = [table.offsets[row] for row in range(step, len(table), step)]
    with contextlib.suppress(OSError):
        return all(base.read(at - 1, 1) == b"\n" for at in places)
    return False
