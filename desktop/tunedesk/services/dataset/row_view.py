"""Which rows are shown, and in which order: chips, tags, a search and a sorted column."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Literal

import msgspec

from tunedesk.core import many
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.find_apart import Words, find_in_file
from tunedesk.services.dataset.find_run import Progress, find_rows, in_thread
from tunedesk.services.dataset.finding import Query
from tunedesk.services.dataset.row_facts import ERROR, WARNING
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.dataset.splitter import SIDES
from tunedesk.services.dataset.text_order import TextColumn, TextOrder, text_order
from tunedesk.services.work.apart import run_apart
from tunedesk.services.work.background import Background

SortColumn = Literal["status", "prompt", "reply", "tokens", "split"]

_STEP = 50_000
_MOST_ROWS_HERE = 2_000


class ViewWish(msgspec.Struct, frozen=True, kw_only=True):
    """`chip` is "all", "train", "test", "aside", "problems", "tag:" and a tag, or "asking:" and
    prompt digests parted by commas."""

    chip: str = "all"
    query: Query | None = None
    sort: SortColumn | None = None
    is_descending: bool = False

    @property
    def is_plain(self) -> bool:
        """Every row, in the file's order."""
        return self.chip == "all" and self.query is None and self.sort is None


class View(msgspec.Struct, frozen=True):
    """`rows` are dataset indices in the order shown, None for all as they stand in the file.

    `words` holds, by row, texts that an expression matched, for rows near the top.
    """

    rows: array[int] | None
    words: dict[int, tuple[str, ...]] = {}
    is_in_file_order: bool = True


class RowViews:
    """Works views out for one session; orders by column are kept until the next edit."""

    def __init__(self, session: DatasetSession, background: Background) -> None:
        self._session = session
        self._background = background
        self._orders: dict[SortColumn, array[int]] = {}
        self._stamp: object = None

    async def view(
        self,
        wish: ViewWish,
        progress: Progress | None = None,
        part: Callable[[View], object] | None = None,
    ) -> View:
        """Worked out anew where an edit comes in between. Raises QueryError, TunedeskError.

        `part(view)` is called on the loop's thread with what a long search has found so far.
        """
        while True:
            version = self._session.version
            found = await self._view(wish, progress, part)
            if version == self._session.version:
                return found

    async def _view(
        self, wish: ViewWish, progress: Progress | None, part: Callable[[View], object] | None
    ) -> View:
        if wish.is_plain:
            return View(None)
        mask = await in_thread(self._background, lambda tell: self._mask(wish.chip, tell))
        rows = await self._in_order(wish, mask, progress)
        if wish.query is None:
            return View(rows, is_in_file_order=wish.sort is None)
        if len(rows) > _MOST_ROWS_HERE:
            return await self._found_apart(rows, wish, progress, part)
        row = self._session.row
        found = await find_rows(self._background, row, rows, wish.query, progress)
        return View(array("i", found), found, wish.sort is None)

    async def _found_apart(
        self,
        rows: array[int],
        wish: ViewWish,
        progress: Progress | None,
        part: Callable[[View], object] | None,
    ) -> View:
        assert wish.query is not None
        is_in_file_order = wish.sort is None

        def tell(found: array[int], words: Words) -> None:
            if part is not None:
                part(View(found, words, is_in_file_order))

        wanted, query = self._session.wanted, wish.query
        found, words = await find_in_file(self._background, wanted, rows, query, progress, tell)
        return View(found, words, is_in_file_order)

    async def _in_order(
        self, wish: ViewWish, mask: bytearray, progress: Progress | None
    ) -> array[int]:
        if wish.sort is None:
            return await in_thread(
                self._background, lambda tell: _picked(range(len(mask)), mask, tell)
            )
        column = wish.sort
        order = await self.order(column, progress)
        return await in_thread(
            self._background,
            lambda tell: _picked_in_order(order, mask, wish.is_descending, tell),
        )

    async def order(self, column: SortColumn, progress: Progress | None = None) -> array[int]:
        """All rows, ascending by a column, equal ones as they stand in the file."""
        stamp = (self._session.version, self._session.is_checked)
        if stamp != self._stamp:
            self._orders, self._stamp = {}, stamp
        if column not in self._orders:
            if column in ("prompt", "reply"):
                made = await self._by_text(column, progress)
            else:
                made = await in_thread(self._background, self._sorter(column), progress)
            self._orders[column] = made
        return self._orders[column]

    async def _by_text(self, column: TextColumn, progress: Progress | None) -> array[int]:
        """Once more if the file was saved meanwhile, which puts another in its place."""
        saved_at_ms = self._session.saved_at_ms
        try:
            return await self._sorted_apart(column, progress)
        except TunedeskError:
            if saved_at_ms == self._session.saved_at_ms:
                raise
            return await self._sorted_apart(column, progress)

    async def _sorted_apart(self, column: TextColumn, progress: Progress | None) -> array[int]:
        """A short file takes less than a process needs to come up."""
        wanted = await self._background.run(self._session.wanted)
        is_long = len(wanted) > _MOST_ROWS_HERE
        wish = TextOrder(wanted, column)
        found = await run_apart(self._background, text_order, wish, progress, in_process=is_long)
        return array("i", found)

    # ---- in a thread ---------------------------------------------------------------------------

    def _mask(self, chip: str, tell: Progress) -> bytearray:
        """1 for each row that the chip leaves."""
        marks = self._session.marks()
        kind, _, value = chip.partition(":")
        if kind == "tag":
            return _only(self._session.rows_tagged(value), len(marks.status))
        if kind == "asking":
            return _only(self._session.rows_asking(value.split(",")), len(marks.status))
        if chip == "problems":
            mask = marks.status.translate(_table(WARNING, ERROR))
            many.put(mask, many.positions(marks.sides, SIDES.index("aside")), 0)
            return mask
        if chip in SIDES:
            return marks.sides.translate(_table(SIDES.index(chip)))
        return bytearray(b"\1") * len(marks.status)

    def _sorter(self, column: SortColumn) -> Callable[[Progress], array[int]]:
        session = self._session
        match column:
            case "status":
                return lambda tell: _by_number(session.marks().status, tell)
            case "split":
                return lambda tell: _by_number(session.marks().sides, tell)
            case _:
                return lambda tell: _by_number(session.marks().tokens, tell)


def _only(rows: Iterable[int], n_rows: int) -> bytearray:
    mask = bytearray(n_rows)
    for row in rows:
        mask[row] = 1
    return mask


def _table(*wanted: int) -> bytes:
    table = bytearray(256)
    for value in wanted:
        table[value] = 1
    return bytes(table)


def _picked(rows: range, mask: bytearray, tell: Progress) -> array[int]:
    """The rows whose mask is 1, in steps between which other threads run."""
    picked = array("i")
    for start in range(0, len(rows), _STEP):
        tell(start, len(rows))
        picked.extend(compress(rows[start : start + _STEP], mask[start : start + _STEP]))
    return picked


def _picked_in_order(
    order: Sequence[int], mask: bytearray, is_descending: bool, tell: Progress
) -> array[int]:
    picked = array("i")
    n_rows = len(order)
    for start in range(0, n_rows, _STEP):
        tell(start, n_rows)
        if is_descending:
            part = order[max(0, n_rows - start - _STEP) : n_rows - start][::-1]
        else:
            part = order[start : start + _STEP]
        picked.extend(row for row in part if mask[row])
    return picked


def _by_number(column: Iterable[int], tell: Progress) -> array[int]:
    """Rows by a number that has few values, such as a status or a count of tokens."""
    places: dict[int, array[int]] = {}
    for index, value in enumerate(column):
        if index % _STEP == 0:
            tell(index, index)
        if value not in places:
            places[value] = array("i")
        places[value].append(index)
    order = array("i")
    for value in sorted(places):
        order += places[value]
    return order
