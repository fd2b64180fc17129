"""The rows of a dataset as they are now: the file's own, in which order, and what differs."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tunedesk.core import orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RowChange,
    RowEdit,
    SetRow,
    SetRows,
)
from tunedesk.store.row_table import NOWHERE, RowTable

_BaseRow = Callable[[int, int], bytes]


class Places(NamedTuple):
    """Of some rows, in columns; `own` is content by place in them, where no file has it."""

    starts: array[int]
    lengths: array[int]
    own: list[tuple[int, bytes]]


class LiveRows:
    """Edits happen here, in memory; `read_base(start, length)` gives bytes of the file.

    Every edit is checked before anything changes, and answers with the one that undoes it.
    """

    def __init__(self, table: RowTable, line_end: int, read_base: _BaseRow) -> None:
        self.table = table
        self.order: array[int] = array("i", range(len(table)))
        self.overlay: dict[int, bytes] = {}  # living rows that differ from the base
        self._line_end = line_end
        self._read_base = read_base
        self._saved_order: array[int] | None = None  # None: as in `order`, nothing was moved
        self._deleted: set[int] = set()

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[bytes]:
        return map(self._content, self.order)

    def row(self, index: int) -> bytes:
        """Raises IndexError."""
        return self._content(self.row_id(index))

    def row_id(self, index: int) -> int:
        """The row's lasting number. Raises IndexError."""
        if not 0 <= index < len(self.order):
            raise IndexError(index)
        return self.order[index]

    def places(self, indices: slice | Sequence[int]) -> Places:
        """Where rows lie in the base; rows that differ from it come with what they hold."""
        if isinstance(indices, slice):
            ids: Sequence[int] = self.order[indices]
        else:
            ids = list(map(self.order.__getitem__, indices))
        overlay, table = self.overlay, self.table
        own = []
        if overlay:
            own = [(at, overlay[row_id]) for at, row_id in enumerate(ids) if row_id in overlay]
        starts = array("q", map(table.starts.__getitem__, ids))
        return Places(starts, array("q", map(table.lengths.__getitem__, ids)), own)

    @property
    def differ(self) -> bool:
        """Whether the rows are others than the base's, or in another order."""
        if self.overlay:
            return True
        return self._saved_order is not None and self._saved_order != self.order

    @property
    def is_reordered(self) -> bool:
        """Whether rows that the base has stand in another order now."""
        before = self._saved_order
        if before is None or before == self.order:
            return False
        now = set(self.order)
        common = set(before) & now
        return [i for i in before if i in common] != [i for i in self.order if i in common]

    def changes(self, limit: int) -> list[RowChange]:
        """Rows that were changed, came or went since the base, at most `limit`, in order."""
        places = dict.fromkeys(self.overlay, -1)
        for index, row_id in enumerate(self.order):
            if row_id in places:
                places[row_id] = index
        living = sorted((index, row_id) for row_id, index in places.items())[:limit]
        found = [
            RowChange(index=index, before=self._base_row(row_id), after=self.overlay[row_id])
            for index, row_id in living
        ]
        gone = sorted(row_id for row_id in self._deleted if self._is_in_base(row_id))
        for row_id in gone[: limit - len(found)]:
            found.append(RowChange(index=None, before=self._base_row(row_id), after=None))
        return found

    def saved(self, table: RowTable) -> None:
        """The base is now what the rows are; `table` says where each lies."""
        self.table = table
        self.overlay = {}
        self._saved_order = None

    def apply(self, edit: RowEdit) -> RowEdit:
        """Raises IndexError, ValueError for a line end in a row, TypeError for other edits."""
        match edit:
            case SetRow():
                return self._set(edit)
            case SetRows():
                return self._set_many(edit)
            case InsertRow():
                return self._insert(edit)
            case InsertRows():
                return self._insert_many(edit)
            case DeleteRow():
                return self._delete(edit)
            case DeleteRows():
                return self._delete_many(edit)
            case MoveRows():
                return self._move(edit)
            case ReorderRows():
                return self._reorder(edit)
            case _:
                raise TypeError(f"{type(edit).__name__} is not an edit of the file")

    # ---- one row -------------------------------------------------------------------------------

    def _set(self, edit: SetRow) -> SetRow:
        _require_one_line(edit.raw)
        row_id = self.row_id(edit.index)
        before = self._content(row_id)
        self._put(row_id, edit.raw)
        return SetRow(index=edit.index, raw=before)

    def _insert(self, edit: InsertRow) -> DeleteRow:
        _require_one_line(edit.raw)
        if not 0 <= edit.index <= len(self.order):
            raise IndexError(edit.index)
        row_id = self._wanted_id(edit.row_id)
        self._put(row_id, edit.raw)
        self._remember_order()
        self.order.insert(edit.index, row_id)
        return DeleteRow(index=edit.index)

    def _delete(self, edit: DeleteRow) -> InsertRow:
        row_id = self.row_id(edit.index)
        raw = self._content(row_id)
        self._remember_order()
        del self.order[edit.index]
        self._forget(row_id)
        return InsertRow(index=edit.index, raw=raw, row_id=row_id)

    # ---- many ----------------------------------------------------------------------------------

    def _set_many(self, edit: SetRows) -> SetRows:
        ids = [self.row_id(index) for index, _ in edit.rows]
        for _, raw in edit.rows:
            _require_one_line(raw)
        if len(set(ids)) != len(ids):
            raise IndexError("a row is named twice")
        before = tuple(
            (index, self._content(row_id))
            for (index, _), row_id in zip(edit.rows, ids, strict=True)
        )
        for (_, raw), row_id in zip(edit.rows, ids, strict=True):
            self._put(row_id, raw)
        return SetRows(before)

    def _insert_many(self, edit: InsertRows) -> DeleteRows:
        for _, raw, _ in edit.rows:
            _require_one_line(raw)
        places = tuple(index for index, _, _ in edit.rows)
        orders.merged(self.order, places, places)  # refuses impossible places before any change
        ids = [self._wanted_id(row_id) for _, _, row_id in edit.rows]
        for (_, raw, _), row_id in zip(edit.rows, ids, strict=True):
            self._put(row_id, raw)
        self._remember_order()
        self.order = orders.merged(self.order, places, ids)
        return DeleteRows(places)

    def _delete_many(self, edit: DeleteRows) -> InsertRows:
        mask = orders.kept(edit, len(self.order))
        gone = [(index, self.order[index]) for index in edit.indices]
        rows = tuple((index, self._content(row_id), row_id) for index, row_id in gone)
        self._remember_order()
        self.order = orders.without(self.order, mask)
        for _, row_id in gone:
            self._forget(row_id)
        return InsertRows(rows)

    def _move(self, edit: MoveRows) -> MoveRows:
        first, count, to = edit.first, edit.count, edit.to
        n_others = len(self.order) - count
        if count < 0 or not 0 <= first <= n_others or not 0 <= to <= n_others:
            raise IndexError(f"{count} rows from {first} to {to}")
        self._remember_order()
        block = self.order[first : first + count]
        del self.order[first : first + count]
        self.order[to:to] = block
        return MoveRows(first=to, count=count, to=first)

    def _reorder(self, edit: ReorderRows) -> ReorderRows:
        order = orders.order_of(edit)
        orders.require_whole(order, len(self.order))
        self._remember_order()
        self.order = array("i", map(self.order.__getitem__, order))
        return ReorderRows(orders.packed(orders.inverse_of(order)))

    # ---- inner ---------------------------------------------------------------------------------

    def _wanted_id(self, row_id: int | None) -> int:
        """A deleted row's id comes back; any other wish (a journal's, after a save) gets a new."""
        if row_id is not None and row_id in self._deleted:
            self._deleted.remove(row_id)
            return row_id
        return self.table.add(self._line_end)

    def _put(self, row_id: int, raw: bytes) -> None:
        """Keep a row's content, unless the base has the same."""
        is_as_in_base = self.table.lengths[row_id] == len(raw) and self._from_base(row_id) == raw
        if is_as_in_base:
            self.overlay.pop(row_id, None)
        else:
            self.overlay[row_id] = raw

    def _forget(self, row_id: int) -> None:
        self.overlay.pop(row_id, None)
        self._deleted.add(row_id)

    def _remember_order(self) -> None:
        if self._saved_order is None:
            self._saved_order = self.order[:]

    def _content(self, row_id: int) -> bytes:
        raw = self.overlay.get(row_id)
        return self._from_base(row_id) if raw is None else raw

    def _is_in_base(self, row_id: int) -> bool:
        return self.table.lengths[row_id] != NOWHERE

    def _base_row(self, row_id: int) -> bytes | None:
        return self._from_base(row_id) if self._is_in_base(row_id) else None

    def _from_base(self, row_id: int) -> bytes:
        assert self.table.lengths[row_id] != NOWHERE, "the row is in no file"
        return self._read_base(self.table.starts[row_id], self.table.lengths[row_id])


def _require_one_line(raw: bytes) -> None:
    if b"\n" in raw:
        raise ValueError("a row is one line: it cannot hold a line end")
