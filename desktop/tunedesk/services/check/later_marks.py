"""What is found out about a row later than its own rules: it makes the row's status worse."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from tunedesk.core import many
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import ERROR

_AS_IT_IS = 0xFF  # in the column of what is below: nothing was laid over this row
NEAR, SPACED, NEAR_AND_SPACED = 4, 5, 6
"""Warnings that say of what."""

_BITS = bytes([0, 1, 3, 7, 3, 3, 3]) + bytes(249)
"""The worse of two is then one OR for all rows at once."""

_STATUS = bytes([0, 1, 0, 2, 0, 0, 0, ERROR]) + bytes(248)
_KNOWN = bytes([0, 7, 7, 7]) + bytes(252)  # a row nobody has looked at is not marked
_IS_FREE = bytes(_AS_IT_IS) + bytes([0xFF])
_IS_KEPT = bytes([0xFF]) * _AS_IT_IS + bytes([0])


class LaterMarks:
    """In layers by name, each replaced by itself; a byte a row for each layer that has any marks.

    The status below is kept beside them. All rows are worked on at once: none costs a step of
    Python, however many are marked.
    """

    CHANGES = ("_layers", "_below")

    def __init__(self, facts: RowFacts) -> None:
        self._facts = facts
        self._layers: dict[str, bytearray] = {}
        self._below = bytearray()  # empty where nothing is marked

    def __contains__(self, layer: str) -> bool:
        """Whether any row has a mark of this layer."""
        return layer in self._layers

    def count(self, layer: str) -> int:
        """How many rows have a mark of this layer."""
        marks = self._layers.get(layer, b"")
        return len(marks) - marks.count(0)

    def rows(self, layer: str, *marks: int) -> array[int]:
        """Rows with one of these marks of the layer, ascending."""
        return many.positions(self._layers.get(layer, bytearray()), *marks)

    def put(self, layer: str, marks: bytes | bytearray) -> None:
        """These are all marks (WARNING, ERROR, or a warning of its own) of the layer, a byte for
        each row; empty if there are none."""
        below = self._status_below()
        self._layers.pop(layer, None)
        if marks:
            self._layers[layer] = bytearray(marks)
        self._lay_over(below)

    def mark_again(self) -> None:
        """Every row has its status without what is known here."""
        self._below.clear()
        self._lay_over(bytes(self._facts.status))

    def status_without(self, layer: str) -> bytes:
        """Every row's status as it would be without this layer's marks."""
        if layer not in self._layers:
            return bytes(self._facts.status)
        others = [marks for name, marks in self._layers.items() if name != layer]
        return _laid_over(self._status_below(), others)

    # ---- rows come, go and move ----------------------------------------------------------------

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        for column, nothing in self._columns():
            column.insert(index, nothing)

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        for column, _ in self._columns():
            del column[index]

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for column, _ in self._columns():
            block = column[first : first + count]
            del column[first : first + count]
            column[to:to] = block

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known."""
        for column, nothing in self._columns():
            column[:] = many.taken(column, order, nothing)

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now."""
        changed = array("q", rows)
        for column, nothing in self._columns():
            for row in changed:
                column[row] = nothing

    # ---- inner ---------------------------------------------------------------------------------

    def _columns(self) -> list[tuple[bytearray, int]]:
        """Each with what stands in it for a row of which nothing is known."""
        columns = [(layer, 0) for layer in self._layers.values()]
        return [*columns, (self._below, _AS_IT_IS)] if self._below else columns

    def _status_below(self) -> bytes:
        status = bytes(self._facts.status)
        if not self._below:
            return status
        free, kept = self._below.translate(_IS_FREE), self._below.translate(_IS_KEPT)
        chosen = (_number(status) & _number(free)) | (_number(self._below) & _number(kept))
        return chosen.to_bytes(len(status), "big")

    def _lay_over(self, below: bytes) -> None:
        if not self._layers:
            self._below.clear()
            self._facts.put_status(below)
            return
        self._below = bytearray(below)
        self._facts.put_status(_laid_over(below, self._layers.values()))


def _laid_over(below: bytes, layers: Iterable[bytearray]) -> bytes:
    """The worst of all, of rows that are known."""
    worst = _number(below.translate(_BITS))
    for layer in layers:
        worst |= _number(layer.translate(_BITS))
    worst &= _number(below.translate(_KNOWN))
    return worst.to_bytes(len(below), "big").translate(_STATUS)


def _number(column: bytes | bytearray) -> int:
    return int.from_bytes(column, "big")
