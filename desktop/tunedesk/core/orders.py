"""Orders of rows: what an edit of many rows does to a column, in linear time."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence

from tunedesk.core import many
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RestoreRows,
    RowEdit,
)
from tunedesk.core.many import NEW

__all__ = ["NEW"]

_OTHER = bytes((1, 0)) + bytes(254)


def unpacked(numbers: bytes) -> array[int]:
    """Little-endian int32 as an edit holds them."""
    found = array("i", numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def packed(numbers: Iterable[int]) -> bytes:
    """What an edit holds: little-endian int32."""
    found = array("i", numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def order_of(edit: ReorderRows) -> array[int]:
    """The order as numbers."""
    return unpacked(edit.order)


def inverse_of(order: Sequence[int]) -> array[int]:
    """The order that undoes this one, which names every row once."""
    return many.inverse(order)


def require_whole(order: Sequence[int], n_rows: int) -> None:
    """Raises IndexError unless the order names every one of `n_rows` rows exactly once."""
    if len(order) != n_rows or 0 in many.mask_of(order, n_rows):
        raise IndexError("an order names every row once")


def marked(places: Sequence[int], n_rows: int) -> bytearray:
    """1 for each place that is named. Raises IndexError for one not there or not rising."""
    if not many.are_rising(places):
        raise IndexError("places rise")
    return many.mask_of(places, n_rows)


def kept(edit: DeleteRows, n_rows: int) -> bytearray:
    """1 for each row that stays. Raises IndexError for indices that are not there or not rising."""
    return marked(edit.indices, n_rows).translate(_OTHER)


def without(column: array[int], mask: bytearray) -> array[int]:
    """The entries of a column whose mask is 1."""
    return many.kept(column, mask)


def merged(column: array[int], places: Sequence[int], values: Sequence[int]) -> array[int]:
    """The column with `values` put in so that they stand at `places`, which ascend.

    Raises IndexError for a place that would leave a gap.
    """
    return many.woven(column, marked(places, len(column) + len(places)), values)


def order_after(edit: RowEdit, n_rows: int) -> array[int]:
    """The order that an edit of places makes of `n_rows` rows; NEW where a row came in.

    Only for an edit that fits, and that is not SetRow or SetRows: those leave the order alone.
    """
    if isinstance(edit, ReorderRows):
        return order_of(edit)
    rows = many.counted(n_rows)
    match edit:
        case InsertRow():
            rows.insert(edit.index, NEW)
        case InsertRows():
            rows = merged(rows, [index for index, _, _ in edit.rows], [NEW] * len(edit.rows))
        case RestoreRows():
            places = unpacked(edit.indices)
            rows = merged(rows, places, array("i", [NEW]) * len(places))
        case DeleteRow():
            del rows[edit.index]
        case DeleteRows():
            rows = without(rows, kept(edit, n_rows))
        case MoveRows():
            block = rows[edit.first : edit.first + edit.count]
            del rows[edit.first : edit.first + edit.count]
            rows[edit.to : edit.to] = block
    return rows
