"""Rules of a file as a whole, and the report on all its rows."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from typing import Any

import msgspec

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.row_tokens import RowTokens, count_value
from tunedesk.core.rows import (
    Format,
    canonical_json,
    digest_of_prompt,
    format_of,
    split_reply,
)
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.fast import FastMessage, clean_messages, prompt_json
from tunedesk.core.validation.findings import error, warning
from tunedesk.core.validation.rows import check_slowly

MIN_ROWS = 10

_FORMATS = tuple(Format)


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
    """Takes a file row by row, in linear time and some 100 bytes a row; then reports."""

    def __init__(self, counter: TokenCounter | None = None) -> None:
        self._counter = counter
        self._issues: list[Issue] = []
        self._formats = bytearray()
        self._n_blank = 0
        self._first_with_prompt: dict[int, int] = {}
        self._first_with_row: dict[int, int] = {}
        self._replies = array("Q")
        self._tokens = array("q")

    def add(self, raw: bytes) -> list[Issue]:
        """Check the next row. The issues are also in the report, with those of the file."""
        row = len(self._formats) + 1
        messages = clean_messages(raw)
        if messages is not None:
            return self._add_clean(messages, row)
        issues, value = check_slowly(raw, row)
        found = format_of(value)
        self._n_blank += any(issue.code == "blank_line" for issue in issues)
        self._formats.append(_FORMATS.index(found))
        issues += self._repeats(value, row) if found is not Format.UNKNOWN else self._no_repeats()
        self._count(value)
        self._issues += issues
        return issues

    def finish(self) -> DatasetReport:
        """The report; rules of the whole file have their say here."""
        main = self._main_format()
        issues = [*self._few_rows(), *self._mixed_formats(main), *self._issues]
        issues.sort(key=lambda issue: issue.row)
        n_errors = sum(issue.severity is Severity.ERROR for issue in issues)
        return DatasetReport(
            format=main,
            n_rows=len(self._formats),
            n_errors=n_errors,
            n_warnings=len(issues) - n_errors,
            issues=issues,
            row_tokens=self._tokens if self._counter else None,
        )

    def _add_clean(self, messages: list[FastMessage], row: int) -> list[Issue]:
        self._formats.append(_CHAT)
        reply = hashlib.sha256(messages[-1].content.encode()).digest()
        prompt = hashlib.sha256(prompt_json(messages)).digest()
        issues = self._compare(prompt, reply, row)
        if self._counter:
            dicts = [{"role": m.role, "content": m.content} for m in messages]
            self._tokens.append(self._counter.conversation(dicts))
        self._issues += issues
        return issues

    def _repeats(self, value: Any, row: int) -> list[Issue]:
        reply = split_reply(value)[1].encode("utf-8", "surrogatepass")
        rest = {key: inside for key, inside in value.items() if key not in _COMPARED}
        if rest:
            reply += b"\0" + canonical_json(rest)
        prompt = bytes.fromhex(digest_of_prompt(value))
        return self._compare(prompt, hashlib.sha256(reply).digest(), row)

    def _no_repeats(self) -> list[Issue]:
        self._replies.append(0)
        return []

    def _compare(self, prompt: bytes, reply: bytes, row: int) -> list[Issue]:
        """Exact duplicates, and one prompt with different replies; 64 bits of each digest."""
        prompt_key = int.from_bytes(prompt[:8], "big")
        reply_key = int.from_bytes(reply[:8], "big")
        self._replies.append(reply_key)
        first = self._first_with_prompt.setdefault(prompt_key, row)
        if first == row:
            return []
        if self._replies[first - 1] == reply_key:
            return [_duplicate(row, first)]
        same = self._first_with_row.setdefault(prompt_key ^ reply_key, row)
        return [_duplicate(row, same) if same != row else _other_reply(row, first)]

    def _count(self, value: Any) -> None:
        if self._counter:
            total = count_value(value, self._counter) if value is not None else RowTokens(0, 0)
            self._tokens.append(total.total)

    def _main_format(self) -> Format:
        counts = [self._formats.count(i) for i in range(len(_FORMATS))]
        counts[_UNKNOWN] = 0
        return _FORMATS[counts.index(max(counts))] if any(counts) else Format.UNKNOWN

    def _few_rows(self) -> list[Issue]:
        n_rows = len(self._formats) - self._n_blank
        return [] if n_rows >= MIN_ROWS else [_few(n_rows)]

    def _mixed_formats(self, main: Format) -> list[Issue]:
        expected = {_UNKNOWN, _FORMATS.index(main)}
        if expected.issuperset(self._formats):
            return []
        odd = ((i + 1, _FORMATS[f]) for i, f in enumerate(self._formats) if f not in expected)
        return [_mixed(row, found, main) for row, found in odd]


def check_rows(rows: Iterable[bytes], counter: TokenCounter | None = None) -> DatasetReport:
    """The report on all rows, one in memory at a time; tokens too if there is a counter."""
    checker = DatasetChecker(counter)
    for raw in rows:
        checker.add(raw)
    return checker.finish()


_CHAT = _FORMATS.index(Format.CHAT)
_UNKNOWN = _FORMATS.index(Format.UNKNOWN)
_COMPARED = frozenset({"messages", "input", "preferred_output", "prompt", "completion"})


def _few(n_rows: int) -> Issue:
    if n_rows == 0:
        return error(
            "empty_file",
            "$",
            "The file has no examples.",
            f"Add at least {MIN_ROWS} rows; 50 to 100 are a good start.",
        ).at_row(0)
    return error(
        "too_few_rows",
        "$",
        f"The file has {n_rows} example(s), but services want at least {MIN_ROWS}; the job would "
        "fail.",
        f"Add rows until there are {MIN_ROWS}; 50 to 100 are a good start.",
    ).at_row(0)


def _duplicate(row: int, first: int) -> Issue:
    return warning(
        "duplicate_row",
        "$",
        f"The row is the same as row {first}; it counts twice, and can leak from train to test.",
        "Delete one of them.",
    ).at_row(row)


def _other_reply(row: int, first: int) -> Issue:
    return warning(
        "same_prompt_other_reply",
        "$",
        f"The prompt is the same as in row {first}, but the reply differs; the model is pulled "
        "both ways.",
        "Keep the better reply, if they contradict each other.",
    ).at_row(row)


def _mixed(row: int, found: Format, main: Format) -> Issue:
    return error(
        "mixed_formats",
        "$",
        f"The row is of the format {found}, but most of the file is {main}; services take one "
        "format a file.",
        "Move the row to a file of its own format.",
    ).at_row(row)
