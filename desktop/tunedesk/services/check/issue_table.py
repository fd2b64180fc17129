"""Findings by row, kept in step while rows come, go and move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tunedesk.core.issues import Issue
from tunedesk.services.dataset.sparse_rows import SparseRows


class IssueTable:
    """Rows are counted from 0 here, from 1 in the issues it gives; row 0 there is the file.

    In layers, each of which is replaced by itself: what a row's own rules find, what only the
    whole file tells, rows that are too much alike, those of them on both sides of the split, and
    rows that are longer than their model reads.
    """

    CHANGES = ("_of_file", "_own", "_between", "_alike", "_leaks", "_long", "_all")

    def __init__(self) -> None:
        self._of_file: list[Issue] = []
        self._own = SparseRows[list[Issue]]()
        self._between = SparseRows[list[Issue]]()
        self._alike = SparseRows[list[Issue]]()
        self._leaks = SparseRows[list[Issue]]()
        self._long = SparseRows[list[Issue]]()
        self._all: list[Issue] | None = None

    @property
    def _layers(self) -> tuple[SparseRows[list[Issue]], ...]:
        return self._own, self._between, self._alike, self._leaks, self._long

    def all(self) -> list[Issue]:
        """Every finding, by row, those of the file first."""
        if self._all is None:
            self._all = self._of_file[:]
            for row in sorted(set().union(*self._layers)):
                for layer in self._layers:
                    if row in layer:
                        self._all += [_at(issue, row) for issue in layer[row]]
        return self._all

    def of(self, index: int) -> list[Issue]:
        """Findings in one row, numbered as the row is now."""
        return [_at(issue, index) for layer in self._layers for issue in layer.get(index, ())]

    def put_looked(self, first: int, n_rows: int, issues: Iterable[Issue]) -> None:
        """The findings of consecutive rows, in place of those there were."""
        self._all = None
        for index in list(filter(self._own.__contains__, range(first, first + n_rows))):
            del self._own[index]
        _add(self._own, issues)

    def put_judged(self, issues: Sequence[Issue]) -> None:
        """These are all that only the whole file tells."""
        self._of_file = [issue for issue in issues if issue.row == 0]
        self._put(self._between, issues)

    def put_alike(self, issues: Iterable[Issue]) -> None:
        """These are all of rows that are too much alike."""
        self._put(self._alike, issues)

    def put_leaks(self, issues: Iterable[Issue]) -> None:
        """These are all of rows in test whose like is in train."""
        self._put(self._leaks, issues)

    def put_long(self, issues: Iterable[Issue]) -> None:
        """These are all of rows that are longer than the model reads."""
        self._put(self._long, issues)

    @property
    def n_rows(self) -> int:
        """How many rows have findings of their own."""
        return len(self._own)

    def put(self, index: int, issues: list[Issue]) -> None:
        """The findings of one row, in place of all there were."""
        self.forget([index])
        if issues:
            self._own[index] = issues

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        self._all = None
        for layer in self._layers:
            layer.insert(index)

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        self._all = None
        for layer in self._layers:
            layer.delete(index)

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        self._all = None
        for layer in self._layers:
            layer.move(first, count, to)

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`; findings of rows not named are gone."""
        self._all = None
        for layer in self._layers:
            layer.take(order)

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now: nothing is known of them."""
        self._all = None
        changed = set(rows)
        for layer in self._layers:
            layer.forget(changed)

    def _put(self, layer: SparseRows[list[Issue]], issues: Iterable[Issue]) -> None:
        self._all = None
        layer.clear()
        _add(layer, issues)


def _add(layer: SparseRows[list[Issue]], issues: Iterable[Issue]) -> None:
    for issue in issues:
        if issue.row:
            layer.setdefault(issue.row - 1, []).append(issue)


def _at(issue: Issue, index: int) -> Issue:
    if issue.row == index + 1:
        return issue
    line = {"line": index + 1} if "line" in issue.params else {}
    return msgspec.structs.replace(issue, row=index + 1, params={**issue.params, **line})
