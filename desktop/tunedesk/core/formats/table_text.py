"""CSV and its relatives: records out of text, every fault with its line, and text out of cells.

Source: RFC 4180, and what spreadsheets write besides. Cells come out exactly as they stand in the
quotes; line breaks in them are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

MAX_RECORD_CHARS = 256 << 20
_KEPT_OF_LONG = 2_000
_MAX_REWINDS = 1_000
_TRIM_CHARS = 1 << 20
_FORMULA_STARTS = "=+-@\t\r"


class Record(NamedTuple):
    """Cells of one record and the line where it begins.

    `fault` is a note's code, "" if there is none; with a fault the one cell is the raw text.
    """

    line: int
    cells: list[str]
    fault: str = ""


def read_records(
    texts: Iterable[str], delimiter: str, max_chars: int = MAX_RECORD_CHARS
) -> Iterator[Record]:
    """Every record, empty lines too (no cells). One bad quote costs one line, not the rest."""
    return _Records(texts, delimiter, max_chars).read()


def write_record(cells: Sequence[str], delimiter: str = ",") -> str:
    """One line with its line end; quoted only where needed, so that reading gives the same."""
    quoted = [_quoted(cell, delimiter) for cell in cells]
    if quoted == [""]:
        quoted = ['""']  # an empty line would be no record
    return delimiter.join(quoted) + "\r\n"


def protected(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula; `unprotected` takes it back.

    A cell that only looks protected gets one apostrophe more: no two cells become the same.
    """
    return f"'{cell}" if is_formula(cell.lstrip("'")) else cell


def unprotected(cell: str) -> str:
    """What was there before `protected`."""
    return cell[1:] if is_protected(cell) else cell


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it."""
    return cell != "" and cell[0] in _FORMULA_STARTS


def is_protected(cell: str) -> bool:
    """Whether it begins with an apostrophe that keeps a formula from running."""
    return cell.startswith("'") and is_formula(cell.lstrip("'"))


def _quoted(cell: str, delimiter: str) -> str:
    if _needs_quotes(delimiter).search(cell) is None and cell == cell.strip(" "):
        return cell
    return '"' + cell.replace('"', '""') + '"'


class _Records:
    """`_text` is what is not handed out yet, from `_at` on."""

    def __init__(self, texts: Iterable[str], delimiter: str, max_chars: int) -> None:
        self._texts = iter(texts)
        self._delimiter = delimiter
        self._plain = _plain_cell(delimiter)
        self._max_chars = max_chars
        self._text = ""
        self._at = 0
        self._line = 1
        self._is_over = False
        self._n_rewinds = 0

    def read(self) -> Iterator[Record]:
        while self._at < len(self._text) or self._fill():
            yield self._record()
            if self._at > _TRIM_CHARS:
                self._text, self._at = self._text[self._at :], 0

    def _record(self) -> Record:
        end = self._line_end(self._at)
        text = self._text[self._at : end]
        if '"' not in text:
            return self._done(end, text.split(self._delimiter) if text else [])
        return self._quoted_record()

    def _quoted_record(self) -> Record:
        """A record with quotes: it may go on over many lines."""
        cells: list[str] = []
        at = self._at
        while True:
            cell, end = self._cell(at)
            if cell is None:
                return self._broken("quote_open" if end < 0 else "quote_broken", end)
            cells.append(cell)
            if end >= len(self._text) or self._text[end] != self._delimiter:
                return self._done(end, cells)
            at = end + 1

    def _cell(self, at: int) -> tuple[str | None, int]:
        """The cell at a place and where it ends; None and -1, or the place of the fault."""
        self._need(at)
        quote = _spaces_end(self._text, at)
        if self._text[quote : quote + 1] != '"':
            end = self._plain_end(at)
            return self._text[at:end], end
        end = self._quoted_end(quote)
        if end < 0:
            return None, -1
        self._need(end)
        after = self._text[end : end + 1]
        if after and after not in (self._delimiter, "\r", "\n"):
            if quote > at:  # spaces and a quoted word: a text like any other
                end = self._plain_end(at)
                return self._text[at:end], end
            return None, end
        return self._text[quote + 1 : end - 1].replace('""', '"'), end

    def _plain_end(self, at: int) -> int:
        while True:
            match = self._plain.match(self._text, at)
            assert match is not None
            if match.end() < len(self._text) or not self._fill():
                return match.end()

    def _quoted_end(self, quote: int) -> int:
        """Behind the closing quote, or -1: a quote at the very end may be half of a pair."""
        while True:
            match = _IN_QUOTES.match(self._text, quote)
            if match is not None and match.end() < len(self._text):
                return match.end()
            if len(self._text) - quote > self._max_chars or not self._fill():
                return -1 if match is None else match.end()

    def _broken(self, fault: str, end: int) -> Record:
        """Give up the line where the record begins and go on with the next."""
        first_end = self._line_end(self._at)
        if fault == "quote_broken" and end <= first_end:
            return self._done(first_end, [self._text[self._at : first_end]], fault)
        self._n_rewinds += 1
        if self._n_rewinds > _MAX_REWINDS:
            first_end = self._line_end(max(end, self._at)) if end >= 0 else len(self._text)
        return self._done(first_end, [self._text[self._at : first_end]], fault)

    def _done(self, end: int, cells: list[str], fault: str = "") -> Record:
        """Hand out what ends at `end`, which is a line end or the end of everything."""
        start, line = self._at, self._line
        self._at = self._behind_line_end(end)
        self._line += _n_lines(self._text, start, self._at)
        return Record(line, cells, fault)

    def _line_end(self, at: int) -> int:
        while True:
            match = _LINE_END.search(self._text, at)
            if match is not None:
                return match.start()
            too_long = len(self._text) - self._at > self._max_chars
            if too_long or not self._fill():
                return len(self._text)

    def _behind_line_end(self, end: int) -> int:
        self._need(end + 1)
        if self._text.startswith("\r\n", end):
            return end + 2
        return end + 1 if self._text[end : end + 1] in ("\r", "\n") else end

    def _need(self, at: int) -> None:
        while len(self._text) <= at and self._fill():
            pass

    def _fill(self) -> bool:
        """Read as much again as is held. False at the end."""
        wanted = len(self._text) - self._at
        pieces = [self._text]
        n_read = 0
        while not self._is_over and n_read <= wanted:
            text = next(self._texts, None)
            if text is None:
                self._is_over = True
            else:
                pieces.append(text)
                n_read += len(text)
        self._text = "".join(pieces)
        return n_read > 0


def _n_lines(text: str, start: int, end: int) -> int:
    n_pairs = text.count("\r\n", start, end)
    return text.count("\n", start, end) + text.count("\r", start, end) - n_pairs


def _spaces_end(text: str, at: int) -> int:
    while text[at : at + 1] == " ":
        at += 1
    return at


@cache
def _plain_cell(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf"[^{re.escape(delimiter)}\r\n]*+")


@cache
def _needs_quotes(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf'[{re.escape(delimiter)}"\r\n]')


_IN_QUOTES = re.compile(r'"(?:[^"]++|"")*+"')
_LINE_END = re.compile(r"[\r\n]")
