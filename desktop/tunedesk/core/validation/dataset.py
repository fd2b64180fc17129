"""The report on all rows of a file."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.row_tokens import count_row
from tunedesk.core.rows import Format
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.blocks import BLOCK_ROWS
from tunedesk.core.validation.columns import REPLY_BYTES, RowColumns
from tunedesk.core.validation.whole_file import (
    few_rows,
    main_format,
    mixed_formats,
    repeated,
    repeats,
)


class DatasetReport(msgspec.Struct, kw_only=True):
    """`issues` by row, those of the whole file (row 0) first; `n_rows` counts every line.

    `format` is that of most readable rows. `row_tokens` holds the total of each row, in order;
    None if nobody counted.
    """

    format: Format
    n_rows: int
    n_errors: int
    n_warnings: int
    issues: list[Issue]
    row_tokens: array[int] | None = None

    @property
    def n_tokens(self) -> int:
        """Tokens of all rows; 0 if nobody counted."""
        return sum(self.row_tokens) if self.row_tokens is not None else 0


class DatasetChecker:
    """Takes a file row by row, in linear time and some 25 bytes a row; then reports."""

    def __init__(self, counter: TokenCounter | None = None) -> None:
        self._counter = counter
        self._issues: list[Issue] = []
        self._columns = RowColumns()
        self._tokens = array("q")

    def add(self, raw: bytes) -> list[Issue]:
        """Check the next row by itself; what only the whole file tells is in the report."""
        return self.extend([raw])

    def extend(self, rows: Sequence[bytes]) -> list[Issue]:
        """As `add` for several rows, which is faster: best for BLOCK_ROWS at a time."""
        issues = self._columns.add(rows, len(self._columns) + 1)
        self._issues += issues
        if self._counter:
            self._tokens.extend(count_row(raw, self._counter).total for raw in rows)
        return issues

    def finish(self) -> DatasetReport:
        """The report; rules of the whole file have their say here."""
        columns = self._columns
        issues = [*few_rows(columns.kinds), *mixed_formats(columns.kinds), *self._issues]
        issues += self._repeats()
        issues.sort(key=lambda issue: issue.row)
        n_errors = sum(issue.severity is Severity.ERROR for issue in issues)
        return DatasetReport(
            format=main_format(columns.kinds),
            n_rows=len(columns),
            n_errors=n_errors,
            n_warnings=len(issues) - n_errors,
            issues=issues,
            row_tokens=self._tokens if self._counter else None,
        )

    def _repeats(self) -> Iterator[Issue]:
        columns, width = self._columns, REPLY_BYTES
        indices = repeated(columns.kinds, columns.keys)
        replies = b"".join([columns.replies[width * i : width * (i + 1)] for i in indices])
        return repeats(indices, columns.keys, replies)


def check_rows(rows: Iterable[bytes], counter: TokenCounter | None = None) -> DatasetReport:
    """The report on all rows, some dozens in memory at a time; tokens too if there is a counter."""
    checker, rest = DatasetChecker(counter), iter(rows)
    while block := list(islice(rest, BLOCK_ROWS)):
        checker.extend(block)
    return checker.finish()
