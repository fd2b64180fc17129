"""Find and replace in rows: what is looked for, in which texts, and what the row becomes.

Nothing here waits or yields: `services.find_run` drives it, an expression of the person's own
always in a process that can be ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from tunedesk.core.json_edit import PathError, with_value
from tunedesk.core.row_parts import RowPart, parts_of
from tunedesk.core.rows import RowError, parse_row
from tunedesk.core.search_text import RawSieve, literal_pattern

FindField = Literal["all", "prompt", "reply", "system"]
FIELDS: tuple[FindField, ...] = ("all", "prompt", "reply", "system")

_MOST_WORDS = 4
_WORD_CHARS = 60


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is taken as it is, or as a Python regular expression; `field` says in whose texts."""

    text: str
    is_regex: bool = False
    has_case: bool = False
    field: FindField = "all"


class QueryError(ValueError):
    """The expression is not one. `place` counts characters from 0, None where nobody knows."""

    def __init__(self, reason: str, place: int | None) -> None:
        where = "" if place is None else f" at character {place + 1}"
        super().__init__(f"{reason[:1].upper()}{reason[1:]}{where}.")
        self.place = place


class Found(msgspec.Struct, frozen=True):
    """A row that matches, by its place in the batch, and some of the words that matched."""

    offset: int
    words: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """One text of a row, before and after."""

    path: str
    before: str
    after: str


class Replacement(msgspec.Struct, frozen=True):
    """What replacing does to a row: its texts one by one, and the whole new row."""

    index: int
    changes: tuple[Change, ...]
    raw: bytes


def compiled(query: Query) -> re.Pattern[str]:
    """Raises QueryError for an expression that is not one."""
    flags = re.NOFLAG if query.has_case else re.IGNORECASE
    pattern = query.text if query.is_regex else literal_pattern(query.text)
    try:
        return re.compile(pattern, flags | re.MULTILINE if query.is_regex else flags)
    except re.error as error:
        raise QueryError(error.msg, error.pos) from None
    except (OverflowError, RecursionError):
        raise QueryError("the expression is too large", None) from None


def require_template(query: Query, template: str) -> None:
    """Raises QueryError if a regex replacement names a group that there is not."""
    if not query.is_regex:
        return
    try:
        compiled(query).sub(template, "")
    except re.error as error:
        raise QueryError(error.msg, error.pos) from None
    except IndexError as error:
        raise QueryError(str(error.args[0]) if error.args else "no such group", None) from None


class Finder:
    """One query, row by row. Raises QueryError when made with a bad expression."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._pattern = compiled(query)
        self._sieve = None if query.is_regex else RawSieve(query.text)

    def find(self, rows: Sequence[bytes]) -> list[Found]:
        """The rows of a batch that match."""
        return list(self._find(rows))

    def replace(self, rows: Sequence[tuple[int, bytes]], template: str) -> list[Replacement]:
        """What becomes of the rows in which something changes."""
        made = (self._replaced(index, raw, template) for index, raw in rows)
        return [one for one in made if one is not None]

    def _find(self, rows: Sequence[bytes]) -> Iterator[Found]:
        for offset, raw in enumerate(rows):
            if self._sieve is None or self._sieve.may_hold(raw):
                words = self._words(raw)
                if words is not None:
                    yield Found(offset, words)

    def _words(self, raw: bytes) -> tuple[str, ...] | None:
        """Words that matched; None if nothing did."""
        is_found, words = False, dict[str, None]()
        for text in self._texts(raw):
            for match in self._pattern.finditer(text):
                is_found = True
                if match[0] and len(match[0]) <= _WORD_CHARS:
                    words[match[0]] = None
                if len(words) >= _MOST_WORDS or not self._query.is_regex:
                    return tuple(words)
        return tuple(words) if is_found else None

    def _texts(self, raw: bytes) -> Iterator[str]:
        try:
            value = parse_row(raw)
        except RowError:
            if self._query.field == "all":
                yield raw.decode("utf-8", "replace")
            return
        for part in parts_of(value):
            if self._is_wanted(part):
                yield part.text

    def _is_wanted(self, part: RowPart) -> bool:
        return self._query.field in ("all", part.owner)

    def _replaced(self, index: int, raw: bytes, template: str) -> Replacement | None:
        if self._sieve is not None and not self._sieve.may_hold(raw):
            return None
        try:
            value = parse_row(raw)
        except RowError:
            return None
        changes = tuple(self._changes(value, template))
        return Replacement(index, changes, with_changes(raw, changes)) if changes else None

    def _changes(self, value: object, template: str) -> Iterator[Change]:
        for part in parts_of(value):
            if part.is_plain and self._is_wanted(part):
                after = self._after(part.text, template)
                if after != part.text:
                    yield Change(part.path, part.text, after)

    def _after(self, text: str, template: str) -> str:
        if self._query.is_regex:
            return self._pattern.sub(template, text)
        return self._pattern.sub(lambda _: template, text)


def with_changes(raw: bytes, changes: Sequence[Change]) -> bytes:
    """The row with these texts; one that is not there any more is passed over."""
    for change in changes:
        try:
            raw = with_value(raw, change.path, change.after)
        except PathError:
            continue
    return raw
