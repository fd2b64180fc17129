"""What kind of file it is, from its first bytes and its name."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum

import msgspec

from tunedesk.core.formats.encodings import guess_encoding, text_pieces
from tunedesk.core.formats.json_stream import read_lines
from tunedesk.core.formats.table_text import read_records
from tunedesk.core.json_text import JSONTextError, decode_text, parse_text

START_BYTES = 1 << 20
"""How much of a file's beginning is looked at."""

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson", ".jsonlines")
SUFFIXES = (*TABLE_SUFFIXES, *JSON_SUFFIXES, ".parquet")
DELIMITERS = (",", "\t", ";", "|")
DELIMITER_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}

_LOOKED_AT = 50


class Container(StrEnum):
    JSONL = "jsonl"
    JSON_ARRAY = "json_array"
    JSON_OBJECTS = "json_objects"
    TABLE = "table"
    PARQUET = "parquet"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a file. `delimiter` is "" unless it is a table of text."""

    container: Container
    encoding: str = "utf-8"
    delimiter: str = ""


def recognise_source(start: bytes, suffix: str, *, is_whole: bool) -> Source:
    """From the first START_BYTES and the name's ending (".csv", lower case). Never raises.

    `is_whole` says that the file has no more bytes than these.
    """
    if start.startswith(b"PAR1"):
        return Source(container=Container.PARQUET)
    encoding = guess_encoding(start)
    text = "".join(text_pieces([start], encoding))
    if not text.strip():
        kind = Container.EMPTY if is_whole else Container.UNKNOWN
        return Source(container=kind, encoding=encoding)
    if suffix in JSON_SUFFIXES or (text.lstrip()[0] in "{[" and _is_json_text(text, suffix)):
        is_text = encoding.startswith("utf")
        return Source(container=_json_kind(text), encoding=encoding if is_text else "utf-8")
    delimiter = guess_delimiter(text, suffix)
    if delimiter and (suffix in TABLE_SUFFIXES or "\0" not in text):
        return Source(container=Container.TABLE, encoding=encoding, delimiter=delimiter)
    return Source(container=Container.UNKNOWN, encoding=encoding)


def guess_delimiter(text: str, suffix: str) -> str:
    """The delimiter that gives most records the same number of cells; "" if none does."""
    if suffix == ".tsv" and "\t" in text:
        return "\t"
    scores = {delimiter: _evenness(text, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    if scores[best] > 0:
        return best
    return {".csv": ",", ".tsv": "\t", ".tab": "\t"}.get(suffix, "")


def _evenness(text: str, delimiter: str) -> float:
    """Share of records with as many cells as most have, a little more for more cells."""
    counts: Counter[int] = Counter()
    for record in read_records([text[:200_000]], delimiter):
        if record.cells and not record.fault:
            counts[len(record.cells)] += 1
        if counts.total() >= _LOOKED_AT:
            break
    if not counts:
        return 0.0
    n_cells, n_even = counts.most_common(1)[0]
    return 0.0 if n_cells < 2 else n_even / counts.total() + min(n_cells, 20) / 1_000


def _is_json_text(text: str, suffix: str) -> bool:
    """Whether text that begins with a bracket, in a file not called JSON, is JSON."""
    if suffix not in TABLE_SUFFIXES:
        return True
    first = text.lstrip().partition("\n")[0]
    return _parses(first) or bool(_OPENING.match(text.lstrip()))


def _json_kind(text: str) -> Container:
    """Lines, one list, or objects that go over several lines."""
    lines = [line.raw for line in read_lines([text[:200_000].encode("utf-8", "replace")])]
    filled = [line for line in lines if line.strip()][:_LOOKED_AT]
    first = text.lstrip()[:1]
    if first not in "{[":
        return Container.JSONL
    if len(filled) == 1:
        return _one_line_kind(text, first)
    n_whole = sum(_parses(line.decode()) for line in filled)
    n_opened = sum(line.lstrip()[:1] == first.encode() for line in filled)
    if _OPENING.match(text.lstrip()) and n_whole * 4 < len(filled):
        return Container.JSON_ARRAY if first == "[" else Container.JSON_OBJECTS
    if n_whole and n_opened * 2 > len(filled):
        return Container.JSONL
    if first == "[":
        return Container.JSON_ARRAY
    return Container.JSONL if n_opened * 2 > len(filled) else Container.JSON_OBJECTS


def _one_line_kind(text: str, first: str) -> Container:
    """All on one line: a list of rows, or one row."""
    if first == "{":
        return Container.JSONL
    is_messages = re.match(r'\[\s*\{\s*"(role|from|content|value)"\s*:', text.lstrip())
    return Container.JSONL if is_messages else Container.JSON_ARRAY


def _parses(text: str) -> bool:
    try:
        parse_text(decode_text(text.encode("utf-8", "surrogatepass")))
    except JSONTextError:
        return False
    return True


_OPENING = re.compile(r'[\[{]\s*(\n\s*)?[\[{"\]}]')
