"""The rows of a dataset as they are now: the file's own, in which order, and what differs."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import msgspec

from tunedesk.core import many, orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RestoreRows,
    RowChange,
    RowEdit,
    SetRow,
    SetRows,
)
from tunedesk.store.gone_rows import GoneRows, Past
from tunedesk.store.row_contents import ReadBase, contents
from tunedesk.store.row_table import NOWHERE, RowTable

Tell = Callable[[int, int], object]

_TELL_EVERY = 1_000
_FEW_ROWS = 50_000
_SAVES_SHIFT = 32  # above a row id stands between which saves it means that row
_ID_MASK = (1 << _SAVES_SHIFT) - 1


class Places(NamedTuple):
    """Of some rows, in columns; `own` is content by place in them, where no file has it.

    Where there is a `stop`, the rows are all the lines from the first one's start to there, each
    but the last with a line feed alone at its end, and `lengths` is empty.
    """

    starts: array[int]
    lengths: array[int]
    own: list[tuple[int, bytes]]
    stop: int = 0


class Content(NamedTuple):
    """Rows to be written: ids in order, what differs from the base by id, where the rest lies."""

    order: array[int]
    overlay: dict[int, bytes]
    table: RowTable


class LiveRows:
    """Edits happen here, in memory; `read_base(start, length)` gives bytes of the file.

    Every edit is checked before anything changes, and answers with the one that undoes it.
    """

    def __init__(self, table: RowTable, read_base: ReadBase) -> None:
        self.table = table
        self._n_at_first = len(table)
        self._order: array[int] | None = None  # the base's, as long as no row came, went or moved
        self.overlay: dict[int, bytes] = {}  # living rows that differ from the base
        self._read_base = read_base
        self._is_in_order: bool | None = True  # as the base's rows; None is not known
        self._gone = GoneRows()
        self._past: dict[int, Past] = {}  # by the number of saves before
        self._n_saves = 0
        self._tell: Tell = lambda _done, _all: None

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[bytes]:
        return self._contents(self._ids)

    @property
    def order(self) -> array[int]:
        """The rows' ids, to be changed."""
        if self._order is None:
            self._order = self._in_order()
        return self._order

    @property
    def _ids(self) -> array[int] | range:
        """As `order`, to be read: 4 MB less of a million rows that stand as in the file."""
        return range(self._n_at_first) if self._order is None else self._order

    def _in_order(self) -> array[int]:
        n_rows = self._n_at_first
        return array("i", range(n_rows)) if n_rows < _FEW_ROWS else many.counted(n_rows)

    def copied_order(self) -> array[int]:
        """As it is now; later edits do not show."""
        return self._in_order() if self._order is None else self._order[:]

    def row(self, index: int) -> bytes:
        """Raises IndexError."""
        return self._content(self._id_at(index))

    def places(self, indices: range | Sequence[int]) -> Places:
        """Where rows lie in the base; rows that differ from it come with what they hold."""
        if isinstance(indices, range) and (places := self._stretch(indices)):
            return places
        ids = list(map(self._ids.__getitem__, indices))
        overlay = self.overlay
        own = []
        if overlay:
            own = [(at, overlay[row_id]) for at, row_id in enumerate(ids) if row_id in overlay]
        return Places(*self.table.places(ids), own)

    def _stretch(self, indices: range) -> Places | None:
        """Rows that lie in the base one after another, with a line feed alone between them."""
        ids = self._ids[indices.start : indices.stop]
        if not ids or ids[-1] >= self.table.n_in_file:
            return None
        if isinstance(ids, array) and ids != array("i", range(ids[0], ids[0] + len(ids))):
            return None
        if self.overlay and not self.overlay.keys().isdisjoint(ids):
            return None
        starts, stop = self.table.stretch(ids[0], ids[-1] + 1)
        return Places(starts, array("q"), [], stop) if stop else None

    @property
    def differ(self) -> bool:
        """Whether the rows are others than the base's, or in another order."""
        if self.overlay:
            return True
        if self._is_in_order is None:
            n_rows = len(self)
            self._is_in_order = n_rows == self.table.n_in_file and many.is_counted(self.order)
        return not self._is_in_order

    @property
    def is_reordered(self) -> bool:
        """Whether rows that the base has stand in another order now."""
        if self._order is None:
            return False
        order = many.values(self._order)
        return not many.are_rising(many.column_of("i", order[order < self.table.n_in_file]))

    def changes(self, limit: int) -> list[RowChange]:
        """Rows that were changed, came or went since the base, at most `limit`, in order."""
        places = dict.fromkeys(self.overlay, -1)
        for index, row_id in enumerate(self._ids):
            if row_id in places:
                places[row_id] = index
        living = sorted((index, row_id) for row_id, index in places.items())[:limit]
        found = [
            RowChange(index=index, before=self._base_row(row_id), after=self.overlay[row_id])
            for index, row_id in living
        ]
        gone = [row_id for row_id in self._gone if row_id < self.table.n_in_file]
        for row_id in gone[: limit - len(found)]:
            found.append(RowChange(index=None, before=self._base_row(row_id), after=None))
        return found

    def after_save(self, table: RowTable, read_base: ReadBase) -> LiveRows:
        """Rows of a new base, as they were when it was begun; `table` says where each lies.

        Edits made here since are to be done there again, in the form that `journalled` gives for
        another base.
        """
        made = LiveRows(table, read_base)
        made._past, made._n_saves = self._past, self._n_saves + 1
        return made

    def double(self, tell: Tell = lambda _done, _all: None) -> LiveRows:
        """Another of the same, for an edit beside these; `tell` is called while many rows are
        edited, with how many are done of how many."""
        made = LiveRows.__new__(LiveRows)
        made.__dict__.update(self.__dict__)
        made._order = None if self._order is None else self._order[:]
        made.overlay, made.table = dict(self.overlay), self.table.copy()
        made._gone, made._tell = self._gone.double(), tell
        return made

    def leave(self) -> bool:
        """Others take over. True if what the base holds may still be asked for."""
        if self._gone.are_needed:
            self._past[self._n_saves] = Past(self.table, self._read_base, self._gone)
        return self._gone.are_needed

    def content(self) -> Content:
        """What is to be written, as it is now; later edits do not show."""
        return Content(self.copied_order(), dict(self.overlay), self.table.copy())

    def journalled(self, edit: RowEdit, *, for_other_base: bool = False) -> RowEdit:
        """The edit as it can be done to the base by someone who opens it anew, or to another base
        with the same rows.

        To be asked before it is applied. Raises as `apply`.
        """
        match edit:
            case InsertRow() if edit.row_id is not None:
                row_id = None if for_other_base else self._own_id(edit.row_id)
                return msgspec.structs.replace(edit, row_id=row_id)
            case RestoreRows() if edit.n_saves != self._n_saves:
                return self._with_content(edit)
            case RestoreRows() if for_other_base:
                now = Past(self.table, self._read_base, self._gone)
                return _with_content_of(now, edit)
            case RestoreRows():
                return msgspec.structs.replace(edit, n_saves=0)
        return edit

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
            case RestoreRows():
                return self._restore(edit)
            case MoveRows():
                return self._move(edit)
            case ReorderRows():
                return self._reorder(edit)
            case _:
                raise TypeError(f"{type(edit).__name__} is not an edit of the file")

    # ---- one row -------------------------------------------------------------------------------

    def _set(self, edit: SetRow) -> SetRow:
        _require_one_line(edit.raw)
        row_id = self._id_at(edit.index)
        before = self._content(row_id)
        self._put(row_id, edit.raw)
        return SetRow(index=edit.index, raw=before)

    def _insert(self, edit: InsertRow) -> DeleteRow:
        _require_one_line(edit.raw)
        if not 0 <= edit.index <= len(self):
            raise IndexError(edit.index)
        row_id = self._wanted_id(edit.row_id, edit.line_end)
        self._put(row_id, edit.raw)
        self._is_in_order = None
        self.order.insert(edit.index, row_id)
        return DeleteRow(index=edit.index)

    def _delete(self, edit: DeleteRow) -> InsertRow:
        row_id = self._id_at(edit.index)
        raw = self._content(row_id)
        self._is_in_order = None
        del self.order[edit.index]
        self._gone.take([row_id], self.overlay)
        name = self._n_saves << _SAVES_SHIFT | row_id
        line_end = self.table.line_end_of(row_id)
        return InsertRow(index=edit.index, raw=raw, row_id=name, line_end=line_end)

    # ---- many ----------------------------------------------------------------------------------

    def _set_many(self, edit: SetRows) -> SetRows:
        ids = array("i", (self._id_at(index) for index, _ in edit.rows))
        _require_lines(raw for _, raw in edit.rows)
        if len(set(ids)) != len(ids):
            raise IndexError("a row is named twice")
        n_rows, before = len(ids), []
        for number, (row, raw) in enumerate(zip(edit.rows, self._contents(ids), strict=True)):
            self._tell_now_and_then(number, 2 * n_rows)
            before.append((row[0], raw))
        for number, ((_, raw), row_id) in enumerate(zip(edit.rows, ids, strict=True)):
            self._tell_now_and_then(n_rows + number, 2 * n_rows)
            self._put(row_id, raw)
        return SetRows(tuple(before))

    def _insert_many(self, edit: InsertRows) -> DeleteRows:
        _require_lines(raw for _, raw, _ in edit.rows)
        places = tuple(index for index, _, _ in edit.rows)
        orders.marked(places, len(self.order) + len(places))  # refused before any change
        ids = self.table.add_many(len(places), edit.line_ends)
        self.overlay.update(zip(ids, (raw for _, raw, _ in edit.rows), strict=True))
        self._set_order(orders.merged(self.order, places, ids))
        return DeleteRows(places)

    def _delete_many(self, edit: DeleteRows) -> RestoreRows:
        mask = orders.kept(edit, len(self.order))
        ids = many.taken(self.order, edit.indices)
        self._set_order(orders.without(self.order, mask))
        self._gone.take(ids, self.overlay)
        self._gone.are_needed = True
        return RestoreRows(orders.packed(edit.indices), orders.packed(ids), self._n_saves)

    def _restore(self, edit: RestoreRows) -> DeleteRows:
        if edit.n_saves != self._n_saves:
            return self._insert_many(self._with_content(edit))
        places, ids = orders.unpacked(edit.indices), orders.unpacked(edit.ids)
        if len(places) != len(ids) or not self._gone.are_all_here(ids):
            raise IndexError("the rows are not gone")
        self._set_order(orders.merged(self.order, places, ids))
        self._gone.give_back(ids, self.overlay)
        return DeleteRows(places)

    def _with_content(self, edit: RestoreRows) -> InsertRows:
        return _with_content_of(self._past.get(edit.n_saves), edit)

    def _move(self, edit: MoveRows) -> MoveRows:
        first, count, to = edit.first, edit.count, edit.to
        n_others = len(self.order) - count
        if count < 0 or not 0 <= first <= n_others or not 0 <= to <= n_others:
            raise IndexError(f"{count} rows from {first} to {to}")
        self._is_in_order = None
        block = self.order[first : first + count]
        del self.order[first : first + count]
        self.order[to:to] = block
        return MoveRows(first=to, count=count, to=first)

    def _reorder(self, edit: ReorderRows) -> ReorderRows:
        order = orders.order_of(edit)
        orders.require_whole(order, len(self.order))
        self._set_order(many.taken(self.order, order))
        return ReorderRows(orders.packed(orders.inverse_of(order)))

    # ---- inner ---------------------------------------------------------------------------------

    def _tell_now_and_then(self, n_done: int, n_all: int) -> None:
        if n_done % _TELL_EVERY == 0:
            self._tell(n_done, n_all)

    def _id_at(self, index: int) -> int:
        ids = self._ids
        if not 0 <= index < len(ids):
            raise IndexError(index)
        return ids[index]

    def _own_id(self, name: int) -> int | None:
        """The id that a name means, None where it was given before the last save."""
        return name & _ID_MASK if name >> _SAVES_SHIFT == self._n_saves else None

    def _wanted_id(self, name: int | None, line_end: int | None) -> int:
        """A deleted row's id comes back; any other wish (of before a save) gets a new one."""
        row_id = None if name is None else self._own_id(name)
        if row_id is not None and row_id in self._gone:
            self._gone.give_back([row_id], self.overlay)
            return row_id
        return self.table.add(line_end or self.table.line_end)

    def _put(self, row_id: int, raw: bytes) -> None:
        """Keep a row's content, unless the base has the same."""
        is_as_in_base = self.table.length(row_id) == len(raw) and self._from_base(row_id) == raw
        if is_as_in_base:
            self.overlay.pop(row_id, None)
        else:
            self.overlay[row_id] = raw

    def _set_order(self, order: array[int]) -> None:
        self._order = order
        self._is_in_order = None

    def _content(self, row_id: int) -> bytes:
        raw = self.overlay.get(row_id)
        return self._from_base(row_id) if raw is None else raw

    def _contents(self, ids: Sequence[int]) -> Iterator[bytes]:
        return contents(self.table, ids, self.overlay.get, self._read_base)

    def _is_in_base(self, row_id: int) -> bool:
        return row_id < self.table.n_in_file

    def _base_row(self, row_id: int) -> bytes | None:
        return self._from_base(row_id) if self._is_in_base(row_id) else None

    def _from_base(self, row_id: int) -> bytes:
        length = self.table.length(row_id)
        assert length != NOWHERE, "the row is in no file"
        return self._read_base(self.table.start(row_id), length)


def _with_content_of(past: Past | None, edit: RestoreRows) -> InsertRows:
    places, ids = orders.unpacked(edit.indices), orders.unpacked(edit.ids)
    if past is None or not past.gone.are_all_here(ids):
        raise IndexError("the rows are not gone")
    raws, line_ends = past.rows(ids)
    rows = zip(places, raws, repeat(None), strict=False)
    return InsertRows(tuple(rows), line_ends)


def _require_lines(raws: Iterable[bytes]) -> None:
    for raw in raws:
        _require_one_line(raw)


def _require_one_line(raw: bytes) -> None:
    if b"\n" in raw:
        raise ValueError("a row is one line: it cannot hold a line end")
