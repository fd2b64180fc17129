"""Writing a dataset's rows to a new file, copying what was not touched in long runs."""

from __future__ import annotations

import errno
from array import array
from collections.abc import Mapping
from itertools import pairwise
from operator import add, ne

from tunedesk.store.atomic import AtomicFile
from tunedesk.store.base_file import BaseFile
from tunedesk.store.row_table import LINE_ENDS, NOWHERE, RowTable

_NO_PLACE = -1 << 62  # meets no other place: what stands beside it is copied by itself


class RowWriter:
    """Writes rows in order and notes where each comes to lie.

    Rows that follow each other in the base file are copied together with their line ends. The
    new table is for the same row ids. Everything that is done for each row is one call of C for
    all of them: a million rows take half a second beside the copying.
    """

    def __init__(
        self, out: AtomicFile, base: BaseFile, table: RowTable, overlay: Mapping[int, bytes]
    ) -> None:
        self._out = out
        self._base = base
        self._old = table
        self._overlay = overlay
        self._position = 0
        self.table = table.without_places()

    def write(self, order: array[int], *, prefix: bytes, ends_with_line_end: bool) -> RowTable:
        """Write the prefix and every row of `order`; returns the new table.

        Without a line end at the end of the file the last row gets none, unless it is empty: it
        would not be there at the next opening. Raises OSError (EIO if the base was cut short).
        """
        self._write(prefix)
        starts, lengths = self._places(order)
        for first, last in self._segments(order, starts, lengths):
            self._write_segment(order[first:last], starts[first:last])
        if order:
            self._write_last(order[-1], ends_with_line_end=ends_with_line_end)
        return self.table

    def _places(self, order: array[int]) -> tuple[array[int], array[int]]:
        """Where each row of `order` begins in the base, and its length with its line end."""
        old = self._old
        starts = array("q", map(old.starts.__getitem__, order))
        texts = map(old.lengths.__getitem__, order)
        return starts, array("q", map(add, texts, map(old.line_ends.__getitem__, order)))

    def _segments(
        self, order: array[int], starts: array[int], lengths: array[int]
    ) -> list[tuple[int, int]]:
        """Parts of `order` that are one run of the base, or one edited row; not the last row."""
        n_rows = len(order)
        if n_rows < 2:
            return []
        for at, row_id in enumerate(order) if self._overlay else ():
            if row_id in self._overlay:
                starts[at] = _NO_PLACE
        ends = map(add, starts, lengths)
        is_break = bytearray(map(ne, ends, memoryview(starts)[1:]))
        breaks = [0]
        at = is_break.find(1)
        while at >= 0:
            breaks.append(at + 1)
            at = is_break.find(1, at + 1)
        edges = [place for place in breaks if place < n_rows - 1]
        return list(pairwise([*edges, n_rows - 1]))

    def _write_segment(self, ids: array[int], starts: array[int]) -> None:
        if ids[0] in self._overlay:
            for row_id in ids:
                self._write_edited(row_id)
                self._write(LINE_ENDS[self._old.line_ends[row_id]])
            return
        shift = self._position - starts[0]
        last = ids[-1]
        stop = self._old.starts[last] + self._old.lengths[last] + self._old.line_ends[last]
        self._copy(starts[0], min(stop, self._base.size_bytes))
        if stop > self._base.size_bytes:  # the base's last row, which has no line end there
            self._write(LINE_ENDS[self._old.line_ends[last]])
        new_starts, new_lengths, lengths = self.table.starts, self.table.lengths, self._old.lengths
        for row_id, start in zip(ids, starts, strict=True):
            new_starts[row_id] = start + shift
            new_lengths[row_id] = lengths[row_id]

    def _write_last(self, row_id: int, *, ends_with_line_end: bool) -> None:
        """The last row's line end is the file's, not the row's."""
        if row_id in self._overlay:
            self._write_edited(row_id)
        else:
            start, length = self._old.starts[row_id], self._old.lengths[row_id]
            assert length != NOWHERE, "a row is either in the overlay or in the base"
            self.table.starts[row_id], self.table.lengths[row_id] = self._position, length
            self._copy(start, start + length)
        if ends_with_line_end or self.table.lengths[row_id] == 0:
            self._write(LINE_ENDS[self._old.line_ends[row_id]])

    def _write_edited(self, row_id: int) -> None:
        raw = self._overlay[row_id]
        self.table.starts[row_id], self.table.lengths[row_id] = self._position, len(raw)
        self._write(raw)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._position += len(data)

    def _copy(self, start: int, stop: int) -> None:
        n_copied = self._out.copy(self._base.descriptor, start, stop - start)
        self._position += n_copied
        if n_copied < stop - start:
            raise OSError(errno.EIO, "The file ends early", str(self._base.path))
