"""A text source as rows of ours, one after another, whatever its container."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunedesk.core.formats.columns import ColumnMapping
from tunedesk.core.formats.containers import Container, Source
from tunedesk.core.formats.encodings import text_pieces, utf8_pieces
from tunedesk.core.formats.json_stream import (
    MAX_ROW_BYTES,
    Piece,
    read_elements,
    read_lines,
)
from tunedesk.core.formats.notes import Note
from tunedesk.core.formats.sorting import SortedRow, refused, sort_json
from tunedesk.core.formats.table_rows import convert_records
from tunedesk.core.formats.table_text import Record, read_records


def read_rows(
    chunks: Iterable[bytes], source: Source, mapping: ColumnMapping | None
) -> Iterator[SortedRow | None]:
    """Every row of a text file in order; None for an empty line. Never raises for any bytes.

    A table needs a mapping. Not for Parquet: its rows go to `sort_value` as they are.
    """
    if source.container is Container.TABLE:
        assert mapping is not None, "a table needs a mapping"
        yield from convert_records(records_of(chunks, source), mapping)
        return
    for piece in pieces_of(chunks, source):
        if piece.raw.strip() or piece.fault:
            yield from sort_piece(piece)
        else:
            yield None


def pieces_of(chunks: Iterable[bytes], source: Source) -> Iterator[Piece]:
    """The JSON texts of a source of JSON."""
    whole = utf8_pieces(chunks, source.encoding)
    if source.container in (Container.JSON_ARRAY, Container.JSON_OBJECTS):
        return read_elements(whole, in_array=source.container is Container.JSON_ARRAY)
    return read_lines(whole)


def records_of(chunks: Iterable[bytes], source: Source) -> Iterator[Record]:
    """The records of a table of text."""
    return read_records(text_pieces(chunks, source.encoding), source.delimiter)


def sort_piece(piece: Piece) -> list[SortedRow]:
    """The rows of one JSON text, or the reason why there are none."""
    if piece.fault:
        note = Note(code=piece.fault, row=piece.line, params={"n": MAX_ROW_BYTES})
        return [refused(piece.raw, note)]
    return sort_json(piece.raw, piece.line)
