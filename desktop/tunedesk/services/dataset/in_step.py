"""Several things that know of rows by their position, kept in step as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class KnowsRows(Protocol):
    """Rows are counted from 0."""

    def insert(self, index: int) -> None:
        """A row came in before `index`."""

    def delete(self, index: int) -> None:
        """The row at `index` went."""

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known."""

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now."""


class InStep:
    """Tells each of its parts, in their order."""

    def __init__(self, *parts: KnowsRows) -> None:
        self._parts = parts

    def insert(self, index: int) -> None:
        for part in self._parts:
            part.insert(index)

    def delete(self, index: int) -> None:
        for part in self._parts:
            part.delete(index)

    def move(self, first: int, count: int, to: int) -> None:
        for part in self._parts:
            part.move(first, count, to)

    def take(self, order: Sequence[int]) -> None:
        for part in self._parts:
            part.take(order)

    def forget(self, rows: Iterable[int]) -> None:
        changed = list(rows)
        for part in self._parts:
            part.forget(changed)
