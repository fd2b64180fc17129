"""One file: its rows looked at, and what is said of it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tunedesk.checking.foreign import Foreign, what_it_is
from tunedesk.checking.options import CheckOptions
from tunedesk.checking.parts import Means, Part, look_at, row_at
from tunedesk.checking.sources import Opened
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.lines import line_offsets
from tunedesk.core.rows import Format
from tunedesk.core.validation.columns import REPLY_BYTES, RowColumns
from tunedesk.core.validation.kinship import sample_of
from tunedesk.core.validation.whole_file import (
    few_rows,
    main_format,
    mixed_formats,
    repeated,
    repeats,
)

if TYPE_CHECKING:
    from tunedesk.core.alike.word_pairs import U64

SEVERAL_FROM_BYTES = 24 << 20
"""Smaller files are done by one process before others would have started."""


class Fixed(msgspec.Struct, frozen=True):
    """One fix that was done: the row from 1, the finding's code and what was done about it."""

    row: int
    code: str
    fix: str
    words: str


class FileReport(msgspec.Struct, kw_only=True):
    """`issues` are those listed, by row; counts are of all. `n_tokens` is None if not counted."""

    name: str
    format: Format
    n_rows: int
    n_errors: int
    n_warnings: int
    issues: list[Issue]
    n_tokens: int | None = None
    fixed: list[Fixed] = []
    backup: str = ""

    @property
    def n_left_out(self) -> int:
        """Findings that are counted, but not listed."""
        return self.n_errors + self.n_warnings - len(self.issues)


def report_on(source: Opened, options: CheckOptions, cache: Path) -> FileReport:
    """Check every row by every rule. Raises OSError if the file cannot be read any more."""
    try:
        said = what_it_is(source.buffer, source.path.suffix.lower())
    except Foreign as foreign:
        return _foreign(source, foreign.issue)
    offsets = line_offsets(source.buffer)
    means = Means(cache, options.model, _common(source, offsets, options), quick=options.quick)
    part = Part(means, options.max_issues, options.min_severity)
    for piece in _pieces(source, offsets, means, options):
        part.join(piece)
    wanted = None if options.wanted == "auto" else Format(options.wanted)
    row_issues, part.issues = part.issues, []
    for issue in _whole_file(source, offsets, part, wanted, said):
        part.take([issue])
    listed = sorted([*row_issues, *part.issues], key=lambda issue: issue.row)
    return FileReport(
        name=source.name,
        format=main_format(part.columns.kinds),
        n_rows=len(offsets) - 1,
        n_errors=part.n_errors,
        n_warnings=part.n_warnings,
        issues=listed[: options.max_issues],
        n_tokens=sum(part.tokens) if means.counter is not None else None,
    )


def _pieces(
    source: Opened, offsets: array[int], means: Means, options: CheckOptions
) -> Iterator[Part]:
    most, least = options.max_issues, options.min_severity
    if len(source.buffer) >= SEVERAL_FROM_BYTES:
        from tunedesk.checking.pool import look_in_pool  # 20 ms that small files need not pay

        yield from look_in_pool(source.path, offsets, means, most, least)
        return
    part = Part(means, most, least)
    look_at(source.buffer, offsets, 0, part, means)
    yield part


def _whole_file(
    source: Opened,
    offsets: array[int],
    part: Part,
    wanted: Format | None,
    said: list[Issue],
) -> Iterator[Issue]:
    columns = part.columns
    yield from said
    yield from few_rows(columns.kinds)
    yield from mixed_formats(columns.kinds, wanted)
    known = set()
    for issue in _repeats(columns):
        if issue.code == "duplicate_row":
            known.add(issue.row - 1)
        yield issue
    if part.look is not None:
        from tunedesk.core.validation.second_look import second_look_issues

        partners = part.look.partners(lambda row: row_at(source.buffer, offsets, row), known)
        yield from second_look_issues(partners, part.look.system_prompts)


def _repeats(columns: RowColumns) -> Iterator[Issue]:
    indices = repeated(columns.kinds, columns.keys)
    width = REPLY_BYTES
    replies = b"".join(columns.replies[width * row : width * (row + 1)] for row in indices)
    return repeats(indices, columns.keys, replies)


def _common(source: Opened, offsets: array[int], options: CheckOptions) -> U64 | None:
    if options.quick:
        return None
    from tunedesk.core.validation.second_look import common_words  # 0.1 s, mostly of numpy

    sample = (row_at(source.buffer, offsets, row) for row in sample_of(len(offsets) - 1))
    return common_words(sample)


def _foreign(source: Opened, issue: Issue) -> FileReport:
    is_error = issue.severity is Severity.ERROR
    return FileReport(
        name=source.name,
        format=Format.UNKNOWN,
        n_rows=0,
        n_errors=int(is_error),
        n_warnings=int(not is_error),
        issues=[issue],
    )
