"""Orders of rows: what an edit of many rows does to a column, in linear time."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import compress

from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RowEdit,
)

NEW = -1
"""Stands in an order for a row that was not there before."""


def order_of(edit: ReorderRows) -> array[int]:
    """The order as numbers."""
    order = array("i", edit.order)
    if sys.byteorder == "big":
        order.byteswap()
    return order


def packed(order: Sequence[int]) -> bytes:
    """What `ReorderRows` holds."""
    numbers = array("i", order)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def inverse_of(order: Sequence[int]) -> array[int]:
    """The order that undoes this one, which names every row once."""
    inverse = array("i", bytes(4 * len(order)))
    for new, old in enumerate(order):
        inverse[old] = new
    return inverse


def require_whole(order: Sequence[int], n_rows: int) -> None:
    """Raises IndexError unless the order names every one of `n_rows` rows exactly once."""
    seen = bytearray(n_rows)
    for old in order:
        if not 0 <= old < n_rows:
            raise IndexError(old)
        seen[old] = 1
    if len(order) != n_rows or 0 in seen:
        raise IndexError("an order names every row once")


def kept(edit: DeleteRows, n_rows: int) -> bytearray:
    """1 for each row that stays. Raises IndexError for indices that are not there or not rising."""
    mask = bytearray(b"\1") * n_rows
    last = -1
    for index in edit.indices:
        if not last < index < n_rows:
            raise IndexError(index)
        mask[index] = 0
        last = index
    return mask


def without(column: array[int], mask: bytearray) -> array[int]:
    """The entries of a column whose mask is 1."""
    return array(column.typecode, compress(column, mask))


def merged(column: array[int], places: Sequence[int], values: Sequence[int]) -> array[int]:
    """The column with `values` put in so that they stand at `places`, which ascend.

    Raises IndexError for a place that would leave a gap.
    """
    result = array(column.typecode)
    taken = 0
    for place, value in zip(places, values, strict=True):
        upto = taken + place - len(result)
        if upto < taken or upto > len(column):
            raise IndexError(place)
        result += column[taken:upto]
        result.append(value)
        taken = upto
    result += column[taken:]
    return result


def order_after(edit: RowEdit, n_rows: int) -> array[int]:
    """The order that an edit of places makes of `n_rows` rows; NEW where a row came in.

    Only for an edit that fits, and that is not SetRow or SetRows: those leave the order alone.
    """
    rows = array("i", range(n_rows))
    match edit:
        case InsertRow():
            rows.insert(edit.index, NEW)
        case InsertRows():
            rows = merged(rows, [index for index, _, _ in edit.rows], [NEW] * len(edit.rows))
        case DeleteRow():
            del rows[edit.index]
        case DeleteRows():
            rows = without(rows, kept(edit, n_rows))
        case MoveRows():
            block = rows[edit.first : edit.first + edit.count]
            del rows[edit.first : edit.first + edit.count]
            rows[edit.to : edit.to] = block
        case ReorderRows():
            rows = order_of(edit)
    return rows
