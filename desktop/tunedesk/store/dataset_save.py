"""Writing a dataset's rows to a new file, copying what was not touched in long runs."""

from __future__ import annotations

import errno
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from tunedesk.store.atomic import AtomicFile
from tunedesk.store.base_file import BaseFile
from tunedesk.store.read_ahead import ReadAhead
from tunedesk.store.row_runs import runs
from tunedesk.store.row_table import LINE_ENDS, RowTable

_NOTED_ROWS = 100_000  # in one call of C, during which no other thread runs
_SMALL_BYTES = 1 << 17


class RowWriter:
    """Writes rows in order and notes where each comes to lie.

    Rows that follow each other in the base file are copied together with their line ends. In the
    new table row ids are the rows' numbers in the new file.
    """

    def __init__(
        self, out: AtomicFile, base: BaseFile, table: RowTable, overlay: Mapping[int, bytes]
    ) -> None:
        self._out = out
        self._base = base
        self._old = table
        self._overlay = overlay
        self._edited = array("i", sorted(overlay))
        self._position = 0
        self._ahead = ReadAhead(base.read)
        self.table = RowTable(table.line_end)

    def write(self, order: array[int], *, ends_with_line_end: bool) -> RowTable:
        """Write every row of `order`; returns the new table.

        Without a line end at the end of the file the last row gets none, unless it is empty: it
        would not be there at the next opening. Raises OSError (EIO if the base was cut short).
        """
        self.table = RowTable(self._old.line_end)
        for first, stop in runs(order[:-1]):
            self._write_run(order[first], order[stop - 1] + 1)
        if order:
            self._write_last(order[-1], ends_with_line_end=ends_with_line_end)
        if self._old.line_ends:
            self.table.set_line_ends(map(self._old.line_ends.__getitem__, order))
        return self.table

    def _write_run(self, first: int, stop: int) -> None:
        """Rows with the ids from `first` on, without `stop`."""
        for row_id in self._edited_between(first, stop):
            self._write_stretch(first, row_id)
            self._write_edited(row_id, LINE_ENDS[self._old.line_end_of(row_id)])
            first = row_id + 1
        self._write_stretch(first, stop)

    def _edited_between(self, first: int, stop: int) -> Iterator[int]:
        at = bisect_left(self._edited, first)
        while at < len(self._edited) and self._edited[at] < stop:
            yield self._edited[at]
            at += 1

    def _write_stretch(self, first: int, stop: int) -> None:
        """Rows of the base, none of them edited."""
        if first == stop:
            return
        assert stop <= self._old.n_in_file, "a row is either in the overlay or in the base"
        for part in range(first, stop, _NOTED_ROWS):
            at = self._position + self._old.offsets[part] - self._old.offsets[first]
            self.table.extend_from(self._old, part, min(part + _NOTED_ROWS, stop), at)
        begin, end = self._old.offsets[first], self._old.offsets[stop]
        self._copy(begin, min(end, self._base.size_bytes))
        if end > self._base.size_bytes:  # the base's last row, which has no line end there
            self._write(LINE_ENDS[self._old.line_end_of(stop - 1)])

    def _write_last(self, row_id: int, *, ends_with_line_end: bool) -> None:
        """The last row's line end is the file's, not the row's."""
        raw = self._overlay.get(row_id)
        length = self._old.length(row_id) if raw is None else len(raw)
        line_end = LINE_ENDS[self._old.line_end_of(row_id)]
        whole = length + len(line_end)
        self.table.extend([whole], self._position + whole)
        if raw is not None:
            self._write(raw)
        else:
            start = self._old.start(row_id)
            self._copy(start, start + length)
        if ends_with_line_end or length == 0:
            self._write(line_end)

    def _write_edited(self, row_id: int, line_end: bytes) -> None:
        raw = self._overlay[row_id]
        whole = len(raw) + len(line_end)
        self.table.extend([whole], self._position + whole)
        self._write(raw)
        self._write(line_end)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._position += len(data)

    def _copy(self, start: int, stop: int) -> None:
        if stop - start < _SMALL_BYTES:
            piece = self._ahead.piece(start, stop - start)
            n_copied = len(piece)
            self._write(piece)
        else:
            n_copied = self._out.copy(self._base.descriptor, start, stop - start)
            self._position += n_copied
        if n_copied < stop - start:
            raise OSError(errno.EIO, "The file ends early", str(self._base.path))
