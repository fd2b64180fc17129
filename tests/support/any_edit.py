"""Edits of rows, by chance: of every kind that a person can make."""

from __future__ import annotations

import random
from collections.abc import Callable

from tunedesk.core import orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RowEdit,
    SetRow,
    SetRows,
)


def random_content(chance: random.Random) -> bytes:
    """Whatever a row can be."""
    return chance.choice([b"", b"{}", b'{"messages":[]}', b"\xff\xfe", "ไทย".encode() * 3])


def _some(chance: random.Random, n_rows: int) -> list[int]:
    return sorted(chance.sample(range(n_rows), chance.randint(0, n_rows)))


def any_edit(chance: random.Random, n_rows: int) -> RowEdit:
    """Any edit that is possible in a file of so many rows, but for those that undo another."""
    if n_rows < 2:
        return InsertRow(n_rows, random_content(chance))
    shuffled = chance.sample(range(n_rows), n_rows)
    count = chance.randint(0, n_rows)
    room = n_rows - count
    places = sorted(chance.sample(range(n_rows + 3), 3))
    places = [min(place, n_rows + k) for k, place in enumerate(places)]
    makers: list[Callable[[], RowEdit]] = [
        lambda: SetRow(chance.randrange(n_rows), random_content(chance)),
        lambda: SetRows(tuple((i, random_content(chance)) for i in _some(chance, n_rows))),
        lambda: InsertRow(chance.randint(0, n_rows), random_content(chance)),
        lambda: InsertRows(tuple((place, random_content(chance), None) for place in places)),
        lambda: DeleteRow(chance.randrange(n_rows)),
        lambda: DeleteRows(tuple(_some(chance, n_rows)[: n_rows // 2])),
        lambda: MoveRows(chance.randint(0, room), count, chance.randint(0, room)),
        lambda: ReorderRows(orders.packed(shuffled)),
    ]
    return chance.choice(makers)()
