"""Where each row's bytes lie in the base file, and which line end belongs to it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, repeat
from operator import add, sub
from typing import BinaryIO, Self

LINE_ENDS = (b"", b"\n", b"\r\n")
NOWHERE = -1
SCAN_BUFFER_BYTES = 1 << 20
"""With a smaller buffer a large file opens markedly slower."""

_SMALL_BYTES = 1 << 32  # positions below need four bytes


class RowTable:
    """4 bytes a row (8 in a file of 4 GiB or more), and one more where line ends are mixed.

    A row id is the row's number in the base file; rows made later get the next ids, until the
    next save. Row `i` lies from `offsets[i]` to `offsets[i + 1]`, its line end included; the last
    one is counted as if it had a line end, also where it has none. `line_ends` holds the length
    of each row's own line end (1 or 2), or nothing where it is `line_end` for all.
    """

    def __init__(self, line_end: int = 1) -> None:
        self.line_end = line_end
        self.line_ends = array("b")
        self.offsets: array[int] = array("I", [0])
        self.n_in_file = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def copy(self) -> RowTable:
        """Rows added to the one are not in the other."""
        made = RowTable(self.line_end)
        made.line_ends, made.offsets = self.line_ends[:], self.offsets[:]
        made.n_in_file = self.n_in_file
        return made

    def add(self, line_end: int) -> int:
        """A new row that is in no file yet; returns its id."""
        row_id = len(self)
        self.offsets.append(self.offsets[-1])
        if self.line_ends or line_end != self.line_end:
            self._mix(row_id)
            self.line_ends.append(line_end)
        return row_id

    def add_many(self, n_rows: int, line_ends: bytes = b"") -> range:
        """As `add`, for several; without `line_ends` they have the common one."""
        first = len(self)
        self.offsets.extend(repeat(self.offsets[-1], n_rows))
        if self.line_ends or line_ends.count(self.line_end) < len(line_ends):
            self._mix(first)
            self.line_ends.extend(line_ends or repeat(self.line_end, n_rows))
        return range(first, first + n_rows)

    def start(self, row_id: int) -> int:
        return self.offsets[row_id]

    def length(self, row_id: int) -> int:
        """Without the line end; NOWHERE for a row that is not in the file."""
        if row_id >= self.n_in_file:
            return NOWHERE
        return self.offsets[row_id + 1] - self.offsets[row_id] - self.line_end_of(row_id)

    def line_end_of(self, row_id: int) -> int:
        return self.line_ends[row_id] if self.line_ends else self.line_end

    def places(self, ids: Sequence[int]) -> tuple[array[int], array[int]]:
        """Starts and lengths of rows; a row that is not in the file has a length below 0."""
        starts = array("q", map(self.offsets.__getitem__, ids))
        nexts = map(self.offsets.__getitem__, map(add, ids, repeat(1)))
        ends: Iterable[int] = repeat(self.line_end)
        if self.line_ends:
            ends = map(self.line_ends.__getitem__, ids)
        return starts, array("q", map(sub, map(sub, nexts, starts), ends))

    def stretch(self, first: int, stop: int) -> tuple[array[int], int]:
        """Starts of rows of the file, and where the last one's own bytes end; 0 if any of them
        ends otherwise than by a line feed."""
        line_ends = self.line_ends[first:stop] or array("b", [self.line_end])
        if line_ends.count(1) < len(line_ends):
            return array("q"), 0
        return array("q", self.offsets[first:stop]), self.offsets[stop] - 1

    # ---- being made ----------------------------------------------------------------------------

    def extend(self, sizes: Iterable[int], upto: int) -> None:
        """Rows of the file, by size with line end; all of them end at or before `upto`."""
        self._make_room(upto)
        last = self.offsets.pop()
        self.offsets.extend(accumulate(sizes, initial=last))
        self.n_in_file = len(self)

    def extend_from(self, other: RowTable, first: int, stop: int, at: int) -> None:
        """Rows of another file, copied as one piece to `at`, where this table's last row ends."""
        moved = other.offsets[first + 1 : stop + 1]
        shift = at - other.offsets[first]
        self._make_room(at + moved[-1] - other.offsets[first])
        if shift:
            self.offsets.extend(map(add, moved, repeat(shift)))
        else:
            self.offsets.extend(moved)
        self.n_in_file = len(self)

    def set_line_ends(self, line_ends: Iterable[int]) -> None:
        """Of every row, where they are mixed."""
        self.line_ends = array("b", line_ends)

    def note_line_ends(self, line_ends: bytes) -> None:
        """Of the rows that were added last, where one at least is not `line_end`."""
        self._mix(len(self) - len(line_ends))
        self.line_ends.frombytes(line_ends)

    def note_common_line_ends(self, n_rows: int) -> None:
        """The rows that were added last have the common line end."""
        if self.line_ends:
            self.line_ends.extend(repeat(self.line_end, n_rows))

    def _mix(self, n_before: int) -> None:
        if not self.line_ends:
            self.line_ends.extend(repeat(self.line_end, n_before))

    def _make_room(self, upto: int) -> None:
        if upto >= _SMALL_BYTES and self.offsets.typecode == "I":
            self.offsets = array("q", self.offsets)


class Scan:
    """One pass over a file: its rows, and how its lines end.

    Rows end at b"\\n" only. A line end at the very end of the file does not begin another row. A
    byte order mark is part of its row: services refuse such a row, and the rules say so.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.ends_with_line_end = True
        self._position = 0
        self.table = self._look_at_first(stream)
        last = self._read(stream)
        if last:
            self._note_last(last)

    @classmethod
    def known(cls, table: RowTable, *, ends_with_line_end: bool) -> Self:
        """What an earlier pass found."""
        made = cls.__new__(cls)
        made.table, made.ends_with_line_end = table, ends_with_line_end
        made._position = table.offsets[-1]
        return made

    @property
    def line_end(self) -> int:
        """Of the first row, and of rows made new."""
        return self.table.line_end

    def _look_at_first(self, stream: BinaryIO) -> RowTable:
        line = stream.readline()
        stream.seek(0)
        return RowTable(2 if line.endswith(b"\r\n") else 1)

    def _read(self, stream: BinaryIO) -> bytes:
        """Note every line that ends; returns what is behind the last of them.

        Lines are cut and measured by a few calls of C for a whole block of the file.
        """
        begun: list[bytes] = []  # pieces of a line whose end has not come yet
        while block := stream.read(SCAN_BUFFER_BYTES):
            if b"\n" not in block:
                begun.append(block)
                continue
            text = b"".join([*begun, block])
            *lines, rest = text.split(b"\n")
            self._note(lines, len(text) - len(rest))
            self._note_line_ends(lines, has_cr=b"\r" in text)
            begun = [rest]
        return b"".join(begun)

    def _note(self, lines: list[bytes], n_bytes: int) -> None:
        self._position += n_bytes
        self.table.extend(map(add, map(len, lines), repeat(1)), self._position)

    def _note_line_ends(self, lines: list[bytes], *, has_cr: bool) -> None:
        table = self.table
        if not has_cr and table.line_end == 1:
            table.note_common_line_ends(len(lines))
            return
        found = bytes(2 if line[-1:] == b"\r" else 1 for line in lines)
        if found.count(table.line_end) == len(found):
            table.note_common_line_ends(len(lines))
        else:
            table.note_line_ends(found)

    def _note_last(self, line: bytes) -> None:
        """The last line has no line end: it is counted as if it had one."""
        self.ends_with_line_end = False
        table = self.table
        self._position += len(line) + table.line_end
        table.extend([len(line) + table.line_end], self._position)
        table.note_common_line_ends(1)
