"""Findings by row, kept in step while rows come, go and move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress

import msgspec

from tunedesk.core.issues import Issue


class IssueTable:
    """Rows are counted from 0 here, from 1 in the issues it gives; row 0 there is the file."""

    def __init__(self) -> None:
        self._of_file: list[Issue] = []
        self._by_row: dict[int, list[Issue]] = {}
        self._between: dict[int, list[Issue]] = {}  # what only the whole file tells of a row
        self._all: list[Issue] | None = None

    def all(self) -> list[Issue]:
        """Every finding, by row, those of the file first."""
        if self._all is None:
            rows = sorted(self._by_row.keys() | self._between.keys())
            self._all = [*self._of_file, *(issue for row in rows for issue in self.of(row))]
        return self._all

    def of(self, index: int) -> list[Issue]:
        """Findings in one row, numbered as the row is now."""
        between, own = self._between.get(index, ()), self._by_row.get(index, ())
        return [_at(issue, index) for issue in (*own, *between)]

    def put_looked(self, first: int, n_rows: int, issues: Iterable[Issue]) -> None:
        """The findings of consecutive rows, in place of those there were."""
        self._all = None
        for index in list(filter(self._by_row.__contains__, range(first, first + n_rows))):
            del self._by_row[index]
        for issue in issues:
            self._by_row.setdefault(issue.row - 1, []).append(issue)

    def put_judged(self, issues: Iterable[Issue]) -> None:
        """These are all that only the whole file tells."""
        self._of_file, self._between, self._all = [], {}, None
        for issue in issues:
            if issue.row == 0:
                self._of_file.append(issue)
            else:
                self._between.setdefault(issue.row - 1, []).append(issue)

    @property
    def n_rows(self) -> int:
        """How many rows have findings of their own."""
        return len(self._by_row)

    def put(self, index: int, issues: list[Issue]) -> None:
        """The findings of one row, in place of those there were."""
        self._all = None
        if issues:
            self._by_row[index] = issues
        else:
            self._by_row.pop(index, None)
        self._between.pop(index, None)

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        self._renumber(lambda row: row + (row >= index))

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        self._by_row.pop(index, None)
        self._between.pop(index, None)
        self._renumber(lambda row: row - (row > index))

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""

        def place(row: int) -> int:
            if first <= row < first + count:
                return to + row - first
            row -= count if row >= first + count else 0
            return row + count if row >= to else row

        self._renumber(place)

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`; findings of rows not named are gone."""
        self._all = None
        known = self._by_row.keys() | self._between.keys()
        places = {}
        if known:
            found = compress(range(len(order)), map(known.__contains__, order))
            places = {order[new]: new for new in found}
        self._by_row = _moved(self._by_row, places)
        self._between = _moved(self._between, places)

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now: nothing is known of them."""
        self._all = None
        changed = set(rows)
        for issues in (self._by_row, self._between):
            for row in issues.keys() & changed:
                del issues[row]

    def _renumber(self, place: Callable[[int], int]) -> None:
        self._all = None
        self._by_row = {place(row): issues for row, issues in self._by_row.items()}
        self._between = {place(row): issues for row, issues in self._between.items()}


def _moved(issues: dict[int, list[Issue]], places: dict[int, int]) -> dict[int, list[Issue]]:
    return {places[row]: found for row, found in issues.items() if row in places}


def _at(issue: Issue, index: int) -> Issue:
    if issue.row == index + 1:
        return issue
    return msgspec.structs.replace(issue, row=index + 1)
