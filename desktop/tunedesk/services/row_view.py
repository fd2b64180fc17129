"""Which rows are shown, and in which order: chips, tags, a search and a sorted column."""

from __future__ import annotations

import heapq
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Literal

import msgspec

from tunedesk.core.rows import RowSummary, summarise
from tunedesk.services.background import Background
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.find_run import Progress, find_rows, in_thread
from tunedesk.services.finding import Query
from tunedesk.services.row_facts import ERROR, WARNING
from tunedesk.services.splitter import SIDES

SortColumn = Literal["status", "prompt", "reply", "tokens", "split"]

_STEP = 50_000
_RUN_ROWS = 5_000
_KEY_CHARS = 48
_MOST_WITH_WORDS = 100_000
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])(.)")


class ViewWish(msgspec.Struct, frozen=True, kw_only=True):
    """`chip` is "all", "train", "test", "aside", "problems" or "tag:" and a tag."""

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

    async def view(self, wish: ViewWish, progress: Progress | None = None) -> View:
        """Worked out anew where an edit comes in between. Raises QueryError, TunedeskError."""
        while True:
            version = self._session.version
            found = await self._view(wish, progress)
            if version == self._session.version:
                return found

    async def _view(self, wish: ViewWish, progress: Progress | None) -> View:
        if wish.is_plain:
            return View(None)
        mask = await in_thread(self._background, lambda tell: self._mask(wish.chip, tell))
        rows = await self._in_order(wish, mask, progress)
        if wish.query is None:
            return View(rows, is_in_file_order=wish.sort is None)
        row = self._session.row
        found = await find_rows(self._background, row, rows, wish.query, progress)
        kept = array("i", found)
        words = found if len(found) <= _MOST_WITH_WORDS else {}
        return View(kept, words, wish.sort is None)

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
            made = await in_thread(self._background, self._sorter(column), progress)
            self._orders[column] = made
        return self._orders[column]

    # ---- in a thread ---------------------------------------------------------------------------

    def _mask(self, chip: str, tell: Progress) -> bytearray:
        """1 for each row that the chip leaves."""
        marks = self._session.marks()
        if chip.startswith("tag:"):
            mask = bytearray(len(marks.status))
            for row in self._session.rows_tagged(chip.removeprefix("tag:")):
                mask[row] = 1
            return mask
        if chip == "problems":
            return marks.status.translate(_table(WARNING, ERROR))
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
            case "tokens":
                return lambda tell: _by_number(session.marks().tokens, tell)
            case "prompt":
                return lambda tell: self._by_text(lambda summary: summary.prompt, tell)
            case "reply":
                return lambda tell: self._by_text(lambda summary: summary.reply, tell)

    def _by_text(self, text_of: Callable[[RowSummary], str], tell: Progress) -> array[int]:
        """Short sorted runs, merged row by row: no step keeps other threads waiting."""
        runs: list[list[tuple[str, int]]] = [[]]
        n_rows = len(self._session)
        for index in range(n_rows):
            if len(runs[-1]) == _RUN_ROWS:
                runs[-1].sort()
                runs.append([])
                tell(index, n_rows)
            text = text_of(summarise(self._session.row(index)))
            runs[-1].append((sort_key(text), index))
        runs[-1].sort()
        return array("i", (index for _, index in heapq.merge(*runs)))


def sort_key(text: str) -> str:
    """Case does not count, and a Thai vowel written before its consonant sorts after it."""
    return _LEADING_VOWEL.sub(r"\2\1", text[:_KEY_CHARS].casefold())


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
