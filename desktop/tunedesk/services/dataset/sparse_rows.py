"""What is known of a few rows among many, kept in step while rows come, go and move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tunedesk.core import many

T = TypeVar("T")


class SparseRows(dict[int, T]):
    """By the row's position, from 0."""

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        self._renumber(lambda row: row + (row >= index))

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        self.pop(index, None)
        self._renumber(lambda row: row - (row > index))

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""

        def place(row: int) -> int:
            if first <= row < first + count:
                return to + row - first
            row -= count if row >= first + count else 0
            return row + count if row >= to else row

        self._renumber(place)

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`; of rows not named nothing is known any more."""
        self._put({new: self[order[new]] for new in many.places_of(order, self.keys())})

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now: nothing is known of them."""
        for row in self.keys() & set(rows):
            del self[row]

    def _renumber(self, place: Callable[[int], int]) -> None:
        self._put({place(row): value for row, value in self.items()})

    def _put(self, rows: dict[int, T]) -> None:
        self.clear()
        self.update(rows)
