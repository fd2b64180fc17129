"""Rows that were taken out of a dataset, with what is needed to put them back."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import NamedTuple

from tunedesk.core import many
from tunedesk.store.row_contents import ReadBase, contents
from tunedesk.store.row_table import RowTable


class GoneRows:
    """Of one stretch between two saves; a byte for each row once one is gone.

    What a row held is kept only where the file of that stretch does not have it.
    """

    def __init__(self) -> None:
        self._is_gone = bytearray()
        self._held: dict[int, bytes] = {}
        self.are_needed = False
        """Whether an edit refers to what the rows held."""

    def double(self) -> GoneRows:
        """Another of the same: changes to the one do not show in the other."""
        made = GoneRows()
        made._is_gone, made._held = self._is_gone[:], dict(self._held)
        made.are_needed = self.are_needed
        return made

    def __contains__(self, row_id: int) -> bool:
        return 0 <= row_id < len(self._is_gone) and self._is_gone[row_id] == 1

    def __iter__(self) -> Iterator[int]:
        return compress(range(len(self._is_gone)), self._is_gone)

    def are_all_here(self, ids: Sequence[int]) -> bool:
        """Whether all of these are gone, and none is named twice."""
        if not ids:
            return True
        least, most = many.span(ids)
        if least < 0 or most >= len(self._is_gone):
            return False
        named = many.mask_of(ids, len(self._is_gone))
        return named.count(1) == len(ids) == many.taken(self._is_gone, ids).count(1)

    def take(self, ids: Sequence[int], overlay: dict[int, bytes]) -> None:
        """These go, and with them what the overlay says of them."""
        self._is_gone += bytes(max(0, many.span(ids)[1] + 1 - len(self._is_gone)))
        many.put(self._is_gone, ids, 1)
        _shift(overlay, self._held, ids)

    def give_back(self, ids: Sequence[int], overlay: dict[int, bytes]) -> None:
        """These are there again, as they were."""
        many.put(self._is_gone, ids, 0)
        _shift(self._held, overlay, ids)

    def held(self, row_id: int) -> bytes | None:
        """What the row held, None if it is what the file has."""
        return self._held.get(row_id)


class Past(NamedTuple):
    """A file that was saved over, with the rows gone from it."""

    table: RowTable
    read: ReadBase
    gone: GoneRows

    def rows(self, ids: array[int]) -> tuple[list[bytes], bytes]:
        """What rows held, and the lengths of their line ends. Raises TunedeskError."""
        raws = contents(self.table, ids, self.gone.held, self.read)
        return list(raws), bytes(map(self.table.line_end_of, ids))


def _shift(source: dict[int, bytes], target: dict[int, bytes], ids: Sequence[int]) -> None:
    if source:
        common = source.keys() & set(ids)
        target.update((row_id, source.pop(row_id)) for row_id in common)
