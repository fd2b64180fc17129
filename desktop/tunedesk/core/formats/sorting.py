"""One row of a source becomes rows of ours, or one entry among the unrecognised."""

from __future__ import annotations

import base64
import re
from typing import Any

import msgspec

from tunedesk.core.formats.convert import Converted, convert
from tunedesk.core.formats.notes import Note, Param, sentence
from tunedesk.core.formats.shapes import NATIVE, Shape, shape_of
from tunedesk.core.json_text import BOM, JSONTextError, decode_text, dump, parse_text
from tunedesk.core.rows import Format, format_of

_LINE_BREAK = re.compile(rb"[ \t\r]*\n[ \t\r\n]*")
_CODES = {"utf8": "bad_utf8", "syntax": "bad_json", "depth": "too_deep", "number": "bad_number"}


class SortedRow(msgspec.Struct, frozen=True, kw_only=True):
    """`raw` is a JSONL line without line end, for the dataset of `format`.

    `line` is the source's line, or row, from 1.
    UNKNOWN goes to the unrecognised: `raw` is then an entry with line, reason and text. `shape` is
    what the source's row was.
    """

    line: int
    format: Format
    shape: Shape
    raw: bytes
    notes: list[Note]


def sort_json(raw: bytes, line: int) -> list[SortedRow]:
    """The rows that a JSON text holds: one, or several where it was a list of examples.

    Rows that are OpenAI's own keep their bytes, line breaks between values aside. Never raises.
    """
    try:
        value = parse_text(decode_text(raw))
    except JSONTextError as broken:
        return [refused(raw, _broken_note(broken, line))]
    shape = shape_of(value)
    if shape in NATIVE:
        kept = raw.removeprefix(BOM).strip()
        kept = _LINE_BREAK.sub(b" ", kept) if b"\n" in kept else kept
        return [SortedRow(line=line, format=format_of(value), shape=shape, raw=kept, notes=[])]
    inner = nested_rows(value) if shape is Shape.UNKNOWN else []
    if inner:
        note = Note(code="nested_rows", row=line)
        return [sort_value(item, line, first_note=note) for item in inner]
    return [sort_value(value, line, source=raw, shape=shape)]


def sort_value(
    value: Any,
    number: int,
    *,
    source: bytes = b"",
    shape: Shape | None = None,
    first_note: Note | None = None,
) -> SortedRow:
    """A parsed row in our format. `source` is shown if it cannot be used; `shape` saves a look."""
    done = convert(value, number, shape)
    raw = _dumped(done)
    if raw is None:
        note = done.notes[-1] if done.row is None else Note(code="too_deep", row=number)
        return refused(source or _shown(value), note, done.shape)
    notes = done.notes if first_note is None else [first_note, *done.notes]
    return SortedRow(
        line=number, format=format_of(done.row), shape=done.shape, raw=raw, notes=notes
    )


def refused(raw: bytes, note: Note, shape: Shape = Shape.UNKNOWN) -> SortedRow:
    """An entry among the unrecognised: line, code, reason and everything that stood there."""
    entry: dict[str, Any] = {"line": note.row, "code": note.code, "reason": sentence(note)}
    try:
        entry["text"] = raw.decode("utf-8")
    except UnicodeDecodeError:
        entry["base64"] = base64.b64encode(raw).decode("ascii")
    line = dump(entry, ascii_only=False).encode()
    return SortedRow(line=note.row, format=Format.UNKNOWN, shape=shape, raw=line, notes=[note])


def nested_rows(value: object) -> list[Any]:
    """The examples in a list, or in an object's one list of examples; [] if there are none."""
    if isinstance(value, dict):
        lists = [inside for inside in value.values() if isinstance(inside, list)]
        found = [item for inside in lists for item in inside if _is_row(item)]
        n_items = sum(len(inside) for inside in lists)
        return [item for inside in lists for item in inside] if _most(found, n_items) else []
    if isinstance(value, list) and _most([item for item in value if _is_row(item)], len(value)):
        return value
    return []


def _is_row(item: object) -> bool:
    return shape_of(item) is not Shape.UNKNOWN


def _most(found: list[Any], n_items: int) -> bool:
    return 2 * len(found) > n_items


def _dumped(done: Converted) -> bytes | None:
    if done.row is None:
        return None
    try:
        return dump(done.row, ascii_only=False).encode()
    except RecursionError:
        return None


def _shown(value: object) -> bytes:
    try:
        return dump(value, ascii_only=False).encode()
    except (RecursionError, TypeError):  # too deep, or a table's own kind of value
        return repr(type(value)).encode()


def _broken_note(broken: JSONTextError, line: int) -> Note:
    params: dict[str, Param] = {"column": broken.column or 0, "reason": broken.reason}
    at = line + (broken.line or 1) - 1
    return Note(code=_CODES[broken.kind], row=at, params=params)
