"""The rows of a dataset as they were at one moment, for another thread to read at leisure."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from tunedesk.store.base_file import BaseFile
from tunedesk.store.os_errors import translated
from tunedesk.store.row_contents import contents
from tunedesk.store.row_table import RowTable


class RowsSnapshot:
    """Edits and saves after it do not show; `close` it whatever happened."""

    def __init__(
        self, order: array[int], overlay: Mapping[int, bytes], table: RowTable, base: BaseFile
    ) -> None:
        """`order` and `overlay` are not to change any more; `base` is the snapshot's to close."""
        self._order, self._overlay, self._table, self._base = order, overlay, table, base

    def __len__(self) -> int:
        return len(self._order)

    def rows(self) -> Iterator[bytes]:
        """Every row in order. Raises TunedeskError."""
        return contents(self._table, self._order, self._overlay.get, self._read)

    def row(self, index: int) -> bytes:
        """Raises TunedeskError."""
        [raw] = contents(self._table, self._order[index : index + 1], self._overlay.get, self._read)
        return raw

    def close(self) -> None:
        """Closing twice is harmless."""
        self._base.close()

    def _read(self, start: int, length: int) -> bytes:
        with translated(self._base.path, "The dataset cannot be read."):
            return self._base.read(start, length)
