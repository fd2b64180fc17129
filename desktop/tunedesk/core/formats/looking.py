"""What a source is, from its beginning: container, kind of rows with evidence, a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from tunedesk.core.formats.columns import ColumnMapping, guess_mapping
from tunedesk.core.formats.containers import (
    DELIMITER_NAMES,
    Container,
    Source,
    recognise_source,
)
from tunedesk.core.formats.encodings import NAMES, UTF8
from tunedesk.core.formats.json_stream import Piece
from tunedesk.core.formats.notes import Note
from tunedesk.core.formats.reading import pieces_of, records_of, sort_piece
from tunedesk.core.formats.shapes import EVIDENCE, NATIVE, SHAPE_WORDS, Shape
from tunedesk.core.formats.sorting import SortedRow, sort_value
from tunedesk.core.formats.table_rows import convert_records, record_of
from tunedesk.core.formats.table_text import Record, is_protected

LOOKED_AT_ROWS = 500
SAMPLE_ROWS = 20


class Action(StrEnum):
    OPEN = "open"
    """The file is a dataset as it is: it is opened, nothing is converted."""
    CONVERT = "convert"
    NOTHING = "nothing"
    """Nothing in it can be used; the notes say why."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """`shapes` counts the rows looked at; `sample` is what some of them become.

    `mapping` is there for tables only; another mapping gives another sample (`sample_of_table`).
    """

    source: Source
    action: Action
    shapes: dict[Shape, int]
    notes: list[Note]
    sample: list[SortedRow]
    mapping: ColumnMapping | None = None
    records: list[Record] = []


def look_at_text(
    start: bytes, suffix: str, *, is_whole: bool, source: Source | None = None
) -> Look:
    """What a file is whose first bytes these are. Not for Parquet. Never raises.

    `source` is what a person knows better: another encoding or delimiter.
    """
    source = source or recognise_source(start, suffix, is_whole=is_whole)
    if source.container is Container.TABLE:
        return _look_at_table(start, source, is_whole=is_whole)
    if source.container in (Container.EMPTY, Container.UNKNOWN):
        code = "empty" if source.container is Container.EMPTY else "nothing_found"
        return Look(
            source=source, action=Action.NOTHING, shapes={}, notes=[Note(code=code)], sample=[]
        )
    rows = _sorted(_whole(pieces_of([start], source), is_whole=is_whole))
    notes = [*_encoding(source), *_CONTAINER_NOTES.get(source.container, [])]
    return _judged(source, rows, notes, is_whole=is_whole)


def look_at_values(values: Iterable[dict[str, Any]], columns: list[str]) -> Look:
    """What a Parquet table is whose first rows these are; a mapping if no row says it by itself."""
    source = Source(container=Container.PARQUET)
    first = list(islice(values, LOOKED_AT_ROWS))
    rows = [sort_value(value, number) for number, value in enumerate(first, 1)]
    note = Note(code="parquet", params={"columns": ", ".join(columns)[:500]})
    look = _judged(source, rows, [note], is_whole=True)
    if look.action is not Action.NOTHING or not first:
        return look
    records = [record_of(value, number) for number, value in enumerate(first, 1)]
    guess = guess_mapping([columns, *[record.cells for record in records]])
    mapping = msgspec.structs.replace(guess, has_header=False, takes_off_apostrophes=False)
    look = msgspec.structs.replace(look, action=Action.CONVERT, records=records[:SAMPLE_ROWS])
    sample = [] if mapping.problem() else sample_of_table(look, mapping)
    return msgspec.structs.replace(look, notes=[note], sample=sample, mapping=mapping)


def sample_of_table(look: Look, mapping: ColumnMapping) -> list[SortedRow]:
    """The first rows with another mapping."""
    return list(islice(convert_records(look.records, mapping), SAMPLE_ROWS))


def _whole(pieces: Iterator[Piece], *, is_whole: bool) -> list[Piece]:
    """The pieces looked at; where the file goes on, the last one is not whole."""
    found = [p for p in islice(pieces, LOOKED_AT_ROWS + 1) if p.raw.strip() or p.fault]
    return found if is_whole else found[:-1]


def _sorted(pieces: list[Piece]) -> list[SortedRow]:
    return [row for piece in pieces for row in sort_piece(piece)][:LOOKED_AT_ROWS]


def _judged(source: Source, rows: list[SortedRow], notes: list[Note], *, is_whole: bool) -> Look:
    shapes = Counter(row.shape for row in rows)
    notes = [*notes, *_evidence(shapes)]
    action = _action(source, shapes, is_whole=is_whole)
    if action is Action.NOTHING:
        notes.append(Note(code="nothing_found"))
        notes += [row.notes[-1] for row in rows[:3]]
    return Look(
        source=source, action=action, shapes=dict(shapes), notes=notes, sample=rows[:SAMPLE_ROWS]
    )


def _evidence(shapes: Counter[Shape]) -> list[Note]:
    of = shapes.total()
    notes = [
        Note(
            code="rows_of_shape",
            params={"n": n, "of": of, "shape": SHAPE_WORDS[shape], "evidence": EVIDENCE[shape]},
        )
        for shape, n in shapes.most_common()
    ]
    known = [shape for shape in shapes if shape is not Shape.UNKNOWN]
    return [*notes, Note(code="mixed")] if len(known) > 1 else notes


def _action(source: Source, shapes: Counter[Shape], *, is_whole: bool) -> Action:
    known = {shape for shape in shapes if shape is not Shape.UNKNOWN}
    if not known:
        # A first row longer than what was looked at is no reason to refuse the file.
        unseen = not shapes and not is_whole
        return Action.CONVERT if unseen else Action.NOTHING
    is_ours = len(known) == 1 and known <= NATIVE
    as_it_is = source.container is Container.JSONL and source.encoding in UTF8
    return Action.OPEN if is_ours and as_it_is else Action.CONVERT


def _look_at_table(start: bytes, source: Source, *, is_whole: bool) -> Look:
    found = islice(records_of([start], source), LOOKED_AT_ROWS + 1)
    records = list(found) if is_whole else list(found)[:-1]
    filled = [record.cells for record in records if record.cells and not record.fault]
    mapping = guess_mapping(filled)
    rows = list(convert_records(records, mapping)) if not mapping.problem() else []
    notes = [*_encoding(source), *_table_notes(source, mapping, filled)]
    action = Action.CONVERT if len(filled) > mapping.has_header else Action.NOTHING
    if action is Action.NOTHING:
        notes.append(Note(code="nothing_found"))
    return Look(
        source=source,
        action=action,
        shapes=dict(Counter(row.shape for row in rows)),
        notes=notes,
        sample=rows[:SAMPLE_ROWS],
        mapping=mapping,
        records=records[: SAMPLE_ROWS + 1],
    )


def _table_notes(source: Source, mapping: ColumnMapping, records: list[list[str]]) -> list[Note]:
    delimiter = DELIMITER_NAMES[source.delimiter]
    notes = [Note(code="delimiter", params={"delimiter": delimiter})]
    cells = [cell for record in records for cell in record]
    if any(source.delimiter in cell or "\n" in cell or '"' in cell for cell in cells):
        notes.append(Note(code="quoting"))
    notes.append(Note(code="header" if mapping.has_header else "no_header"))
    if mapping.takes_off_apostrophes and any(map(is_protected, cells)):
        notes.append(Note(code="protected_cells"))
    return notes


def _encoding(source: Source) -> list[Note]:
    is_guess = source.encoding in ("cp874", "cp1252")
    code = "encoding_guessed" if is_guess else "encoding"
    return [Note(code=code, params={"encoding": NAMES[source.encoding]})]


_CONTAINER_NOTES = {
    Container.JSON_ARRAY: [Note(code="json_array")],
    Container.JSON_OBJECTS: [Note(code="json_objects")],
}
