"""What an edit of many rows does to any column, against the plain way with lists."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core import many, orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
)

many.load()  # not within the first example's time


@given(st.integers(0, 30), st.data())
def test_deleted_and_put_back_is_as_before(n_rows: int, data: st.DataObject) -> None:
    gone = sorted(data.draw(st.sets(st.integers(0, n_rows - 1)))) if n_rows else []
    after = orders.order_after(DeleteRows(tuple(gone)), n_rows)
    assert list(after) == [row for row in range(n_rows) if row not in gone]
    back = orders.order_after(InsertRows(tuple((row, b"", None) for row in gone)), len(after))
    assert [orders.NEW if row in gone else list(after).index(row) for row in range(n_rows)] == list(
        back
    )


@given(st.permutations(range(12)))
def test_an_order_and_its_inverse_cancel(order: list[int]) -> None:
    letters = "abcdefghijkl"
    moved = [letters[old] for old in order]
    assert "".join(moved[old] for old in orders.inverse_of(order)) == letters
    assert list(orders.order_of(ReorderRows(orders.packed(order)))) == order


def test_single_edits_give_orders_too() -> None:
    assert list(orders.order_after(InsertRow(1, b""), 2)) == [0, orders.NEW, 1]
    assert list(orders.order_after(DeleteRow(0), 2)) == [1]
    assert list(orders.order_after(MoveRows(first=0, count=2, to=1), 4)) == [2, 0, 1, 3]


@pytest.mark.parametrize("order", [[0, 0], [0], [0, 1, 2], [0, 2], [-1, 0]])
def test_an_order_that_is_not_one_is_refused(order: list[int]) -> None:
    with pytest.raises(IndexError):
        orders.require_whole(order, 2)


@pytest.mark.parametrize("indices", [(1, 0), (0, 0), (2,), (-1,)])
def test_deletions_must_rise_and_be_there(indices: tuple[int, ...]) -> None:
    with pytest.raises(IndexError):
        orders.kept(DeleteRows(indices), 2)


def test_a_row_cannot_be_put_behind_a_gap() -> None:
    with pytest.raises(IndexError):
        orders.merged(array("i", [0, 1]), [4], [9])
