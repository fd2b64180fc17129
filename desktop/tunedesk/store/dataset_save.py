"""Writing a dataset's rows to a new file, copying what was not touched in long runs."""

from __future__ import annotations

import errno
from array import array
from collections.abc import Mapping

from tunedesk.store.atomic import AtomicFile
from tunedesk.store.base_file import BaseFile
from tunedesk.store.row_table import LINE_ENDS, NOWHERE, RowTable

_COPY_BYTES = 1 << 20
_NO_RUN = -1 << 62


class RowWriter:
    """Writes rows in order and notes where each comes to lie.

    Rows that follow each other in the base file are copied together with their line ends. The
    new table is for the same row ids.
    """

    def __init__(
        self, out: AtomicFile, base: BaseFile, table: RowTable, overlay: Mapping[int, bytes]
    ) -> None:
        self._out = out
        self._base = base
        self._old = table
        self._overlay = overlay
        self.table = table.without_places()

    def write(self, order: array[int], *, prefix: bytes, ends_with_line_end: bool) -> RowTable:
        """Write the prefix and every row of `order`; returns the new table.

        Without a line end at the end of the file the last row gets none, unless it is empty: it
        would not be there at the next opening. Raises OSError (EIO if the base was cut short).
        """
        self._out.write(prefix)
        self._write_rows(order, position=len(prefix))
        if order and (ends_with_line_end or self.table.lengths[order[-1]] == 0):
            self._out.write(LINE_ENDS[self._old.line_ends[order[-1]]])
        return self.table

    def _write_rows(self, order: array[int], position: int) -> None:
        # Runs once for each row of a million: locals, and one test for the common case.
        old_starts, old_lengths, line_ends = (
            self._old.starts,
            self._old.lengths,
            self._old.line_ends,
        )
        new_starts, new_lengths = self.table.starts, self.table.lengths
        overlay = self._overlay
        run_start = run_stop = _NO_RUN
        end_before = 0  # length of the line end that the row before still lacks
        for row_id in order:
            start = old_starts[row_id]
            if start == run_stop + end_before and row_id not in overlay:
                length = old_lengths[row_id]
                run_stop = start + length
            else:
                self._copy(run_start, run_stop)
                self._out.write(LINE_ENDS[end_before])
                length = self._write_changed(row_id)
                run_start, run_stop = self._run_of(row_id, start, length)
            position += end_before
            new_starts[row_id] = position
            new_lengths[row_id] = length
            position += length
            end_before = line_ends[row_id]
        self._copy(run_start, run_stop)

    def _write_changed(self, row_id: int) -> int:
        """Write the row if it is not in the base; returns its length either way."""
        raw = self._overlay.get(row_id)
        if raw is not None:
            self._out.write(raw)
            return len(raw)
        length = self._old.lengths[row_id]
        assert length != NOWHERE, "a row is either in the overlay or in the base"
        return length

    def _run_of(self, row_id: int, start: int, length: int) -> tuple[int, int]:
        return (_NO_RUN, _NO_RUN) if row_id in self._overlay else (start, start + length)

    def _copy(self, start: int, stop: int) -> None:
        while start < stop:
            piece = self._base.read(start, min(_COPY_BYTES, stop - start))
            if not piece:
                raise OSError(errno.EIO, "The file ends early", str(self._base.path))
            self._out.write(piece)
            start += len(piece)
