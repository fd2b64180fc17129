"""What can be done to a dataset, as values that can be journalled, applied and undone.

Indices are positions in the dataset at the moment the edit is applied, counting from 0. Raw rows
carry no line end. The plural ones are one step for the person and take linear time, however many
rows they name.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

INDEX_BYTES = 4
"""Of a row's index where an edit holds many as bytes."""


class SetRow(msgspec.Struct, frozen=True, tag="set_row"):
    """The row at `index` becomes `raw`; it keeps its row id."""

    index: int
    raw: bytes


class SetRows(msgspec.Struct, frozen=True, tag="set_rows"):
    """Several rows, as (index, raw), each index at most once."""

    rows: tuple[tuple[int, bytes], ...]


class InsertRow(msgspec.Struct, frozen=True, tag="insert_row"):
    """A row comes in before `index` (the length appends).

    `row_id` None makes a new id; an undone deletion gives the old id back, and the length of the
    row's own `line_end` (None is the file's).
    """

    index: int
    raw: bytes
    row_id: int | None = None
    line_end: int | None = None


class InsertRows(msgspec.Struct, frozen=True, tag="insert_rows"):
    """Several rows, as (index, raw, row_id); indices ascend and are where the rows stand after.

    `line_ends` has a byte for each row, its line end's length, or is empty: the file's own.
    """

    rows: tuple[tuple[int, bytes, int | None], ...]
    line_ends: bytes = b""


class DeleteRow(msgspec.Struct, frozen=True, tag="delete_row"):
    """The row at `index` goes."""

    index: int


class DeleteRows(msgspec.Struct, frozen=True, tag="delete_rows"):
    """The rows at these indices go; indices ascend. Of many rows they come as an array."""

    indices: Sequence[int]


class RestoreRows(msgspec.Struct, frozen=True, tag="restore_rows"):
    """Rows that `DeleteRows` took come back with all that they held, at these indices.

    `indices` and `ids` hold little-endian int32; indices ascend and are where the rows stand
    after. `n_saves` is how often the file was saved before the rows were taken: only the one who
    took them can give them back, see `DatasetFile.journalled`.
    """

    indices: bytes
    ids: bytes
    n_saves: int = 0


class MoveRows(msgspec.Struct, frozen=True, tag="move_rows"):
    """`count` rows from `first` on are taken out and put back so that the first stands at `to`.

    `to` counts in the dataset without the moved rows, so its inverse is
    `MoveRows(first=to, count=count, to=first)`.
    """

    first: int
    count: int
    to: int


class ReorderRows(msgspec.Struct, frozen=True, tag="reorder_rows"):
    """Row `i` becomes what was row `order[i]`; `order` holds little-endian int32, all rows once."""

    order: bytes


class SetSplit(msgspec.Struct, frozen=True, tag="set_split"):
    """The person's own choice for the row: "train", "test", "aside"; None gives it to the seed."""

    index: int
    split: str | None


class SetSplits(msgspec.Struct, frozen=True, tag="set_splits"):
    """Choices for several rows, in two columns; of rows with the same prompt the last counts."""

    indices: Sequence[int]
    splits: Sequence[str | None]


class SetSplitRule(msgspec.Struct, frozen=True, tag="set_split_rule"):
    """Seed and share of test (0 to 1) for every row without a choice of its own."""

    seed: int
    test_share: float


class SetTags(msgspec.Struct, frozen=True, tag="set_tags"):
    """All the tags of several rows, in two columns; rows with the same prompt share them."""

    indices: Sequence[int]
    tags: Sequence[tuple[str, ...]]


RowEdit = (
    SetRow
    | SetRows
    | InsertRow
    | InsertRows
    | DeleteRow
    | DeleteRows
    | RestoreRows
    | MoveRows
    | ReorderRows
)
"""Edits of the file itself."""

NoteEdit = SetSplit | SetSplits | SetSplitRule | SetTags
"""Edits of what the project's ledger says of the rows."""

Edit = RowEdit | NoteEdit


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """How a row differs from the file: `before` None for a new row, `after` None for one gone.

    `index` is where the row stands now, None for one that is gone.
    """

    index: int | None
    before: bytes | None
    after: bytes | None
