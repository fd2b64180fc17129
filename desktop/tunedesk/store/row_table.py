"""Where each row's bytes lie in the base file, and which line end belongs to it."""

from __future__ import annotations

from array import array
from itertools import accumulate
from operator import add
from typing import BinaryIO

BOM = b"\xef\xbb\xbf"
LINE_ENDS = (b"", b"\n", b"\r\n")
NOWHERE = -1
SCAN_BUFFER_BYTES = 1 << 20
"""With a smaller buffer a large file opens markedly slower."""


class RowTable:
    """Three arrays, indexed by row id: 17 bytes a row.

    A row id is the row's number in the file as first opened; rows made later get the next ids.
    Ids stay through every save. `lengths` are without the line end; a row that is not in the base
    file has the length NOWHERE. `line_ends` holds the length of the row's own line end (1 or 2).
    """

    def __init__(self) -> None:
        self.starts: array[int] = array("q")
        self.lengths: array[int] = array("q")
        self.line_ends: array[int] = array("b")

    def __len__(self) -> int:
        return len(self.starts)

    def add(self, line_end: int) -> int:
        """A new row that is in no file yet; returns its id."""
        self.starts.append(0)
        self.lengths.append(NOWHERE)
        self.line_ends.append(line_end)
        return len(self.starts) - 1

    def without_places(self) -> RowTable:
        """A table for the same ids and line ends in which no row lies anywhere yet."""
        table = RowTable()
        n = len(self)
        table.starts = array("q", bytes(8 * n))
        table.lengths = array("q", [NOWHERE]) * n
        table.line_ends = self.line_ends[:]
        return table


class Scan:
    """One pass over a file: its rows, its byte order mark, and how its lines end.

    Rows end at b"\\n" only. A line end at the very end of the file does not begin another row. A
    UTF-8 byte order mark at the start is the file's, not the first row's.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.table = RowTable()
        self.has_bom = False
        self.ends_with_line_end = True
        self.line_end = 1
        last = self._read(stream)
        if len(self.table):
            self._look_at_first(stream)
        if last and not last.endswith(b"\n"):
            self._mend_last()

    def _read(self, stream: BinaryIO) -> bytes:
        """Note every line, each as if it had a line end; returns the last.

        Lines are cut and measured by a few calls of C for a whole block of the file.
        """
        begun: list[bytes] = []  # pieces of a line whose end has not come yet
        line = b""
        while block := stream.read(SCAN_BUFFER_BYTES):
            if b"\n" not in block:
                begun.append(block)
                continue
            text = b"".join([*begun, block])
            *lines, rest = text.split(b"\n")
            self._note(lines, may_have_crlf=b"\r" in text)
            line, begun = lines[-1] + b"\n", [rest]
        if last := b"".join(begun):
            self._note([last[:-1]], may_have_crlf=False)
            line = last
        self._place()
        return line

    def _note(self, lines: list[bytes], *, may_have_crlf: bool) -> None:
        lengths = array("q", map(len, lines))
        line_ends = array("b", b"\1") * len(lines)
        if may_have_crlf:
            for at in [at for at, line in enumerate(lines) if line[-1:] == b"\r"]:
                lengths[at] -= 1
                line_ends[at] = 2
        self.table.lengths += lengths
        self.table.line_ends += line_ends

    def _place(self) -> None:
        table = self.table
        whole = map(add, table.lengths, table.line_ends)
        table.starts = array("q", accumulate(whole, initial=0))
        table.starts.pop()

    def _look_at_first(self, stream: BinaryIO) -> None:
        table = self.table
        self.line_end = table.line_ends[0]
        stream.seek(0)
        self.has_bom = stream.read(len(BOM)) == BOM
        if self.has_bom:
            table.starts[0] += len(BOM)
            table.lengths[0] -= len(BOM)

    def _mend_last(self) -> None:
        """The last line has no line end: it was counted as if it had one."""
        table = self.table
        self.ends_with_line_end = False
        table.lengths[-1] += table.line_ends[-1]
        table.line_ends[-1] = self.line_end
        if len(table) == 1 and self.has_bom and table.lengths[0] == 0:
            self._forget_only_row()

    def _forget_only_row(self) -> None:
        """A file of nothing but a byte order mark has no rows."""
        self.table = RowTable()
        self.ends_with_line_end = True
