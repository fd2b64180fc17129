"""What can be done to a dataset, as values that can be journalled, applied and undone.

Indices are positions in the dataset at the moment the edit is applied, counting from 0. Raw rows
carry no line end.
"""

from __future__ import annotations

import msgspec


class SetRow(msgspec.Struct, frozen=True, tag="set_row"):
    """The row at `index` becomes `raw`; it keeps its row id."""

    index: int
    raw: bytes


class InsertRow(msgspec.Struct, frozen=True, tag="insert_row"):
    """A row comes in before `index` (the length appends).

    `row_id` None makes a new id; an undone deletion gives the old id back.
    """

    index: int
    raw: bytes
    row_id: int | None = None


class DeleteRow(msgspec.Struct, frozen=True, tag="delete_row"):
    """The row at `index` goes."""

    index: int


class MoveRows(msgspec.Struct, frozen=True, tag="move_rows"):
    """`count` rows from `first` on are taken out and put back so that the first stands at `to`.

    `to` counts in the dataset without the moved rows, so its inverse is
    `MoveRows(first=to, count=count, to=first)`.
    """

    first: int
    count: int
    to: int


class SetSplit(msgspec.Struct, frozen=True, tag="set_split"):
    """The person's own choice for the row: "train", "test", "aside"; None gives it to the seed."""

    index: int
    split: str | None


Edit = SetRow | InsertRow | DeleteRow | MoveRows | SetSplit
