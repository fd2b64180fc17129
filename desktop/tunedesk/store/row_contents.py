"""What rows hold, from the file or from what is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tunedesk.store.read_ahead import ReadAhead
from tunedesk.store.row_table import RowTable

ReadBase = Callable[[int, int], bytes]
_ROWS = 4_096


def contents(
    table: RowTable, ids: Sequence[int], beside: Callable[[int], bytes | None], read: ReadBase
) -> Iterator[bytes]:
    """Each row's bytes in turn; `beside(row id)` is asked first. Raises what `read` raises."""
    ahead = ReadAhead(read)
    for first in range(0, len(ids), _ROWS):
        part = ids[first : first + _ROWS]
        for row_id, start, length in zip(part, *table.places(part), strict=True):
            kept = beside(row_id)
            if kept is None:
                assert row_id < table.n_in_file, "the row is in no file"
                kept = ahead.piece(start, length)
            yield kept
