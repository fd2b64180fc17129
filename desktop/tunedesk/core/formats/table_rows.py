"""Records of a table as rows of ours, by a column mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.formats.columns import Column, ColumnMapping
from tunedesk.core.formats.encodings import has_undecoded
from tunedesk.core.formats.row_notes import RejectedRow, RowNotes
from tunedesk.core.formats.sorting import SortedRow, refused, sort_json, sort_value
from tunedesk.core.formats.table_text import Record, unprotected, write_record
from tunedesk.core.formats.tool_forms import tools_from
from tunedesk.core.issues import Issue
from tunedesk.core.json_text import dump
from tunedesk.core.rows import Format
from tunedesk.core.validation.rows import check_row

HUGE_CELL_CHARS = 1_000_000

_ROLES = {Column.USER: "user", Column.ASSISTANT: "assistant", Column.SYSTEM: "system"}


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it would come out, and what the rules say of it."""

    sorted: SortedRow
    issues: list[Issue]


def convert_records(records: Iterable[Record], mapping: ColumnMapping) -> Iterator[SortedRow]:
    """Every record as a row or as an entry among the unrecognised, in order; streaming.

    The header, if there is one, and empty lines are passed over.
    """
    body = _body(records, mapping)
    if mapping.is_one_message_a_line:
        yield from _conversations(body, mapping)
        return
    for record in body:
        yield from convert_record(record, mapping)


def preview(records: Iterable[Record], mapping: ColumnMapping, n_rows: int) -> list[PreviewRow]:
    """The first rows as they would be, unusable ones too, with the rules' findings."""
    shown: list[PreviewRow] = []
    for row in convert_records(records, mapping):
        known = row.format is not Format.UNKNOWN
        issues = check_row(row.raw, len(shown) + 1) if known else []
        shown.append(PreviewRow(sorted=row, issues=issues))
        if len(shown) >= n_rows:
            break
    return shown


def convert_record(record: Record, mapping: ColumnMapping) -> list[SortedRow]:
    """One record where each is a row of its own."""
    notes = RowNotes(record.line)
    try:
        cells = _cells(record, mapping, notes)
        texts = [c for c, k in zip(cells, mapping.columns, strict=True) if k is Column.JSON]
        if texts and texts[0].strip():
            return _with_notes(sort_json(texts[0].encode("utf-8", "replace"), record.line), notes)
        value = _value(cells, mapping, notes)
    except RejectedRow as rejected:
        return [refused(_source(record), rejected.note)]
    return _with_notes([sort_value(value, record.line)], notes)


def record_of(value: Mapping[str, Any], number: int) -> Record:
    """A Parquet row as a record of texts: null is empty, lists and objects are JSON."""
    return Record(number, [_cell_text(held) for held in value.values()])


def _cell_text(held: object) -> str:
    if held is None:
        return ""
    return held if isinstance(held, str) else dump(held, ascii_only=False)


def _body(records: Iterable[Record], mapping: ColumnMapping) -> Iterator[Record]:
    waits_for_header = mapping.has_header
    for record in records:
        if not record.cells:
            continue
        if waits_for_header:
            waits_for_header = False
            continue
        yield record


def _cells(record: Record, mapping: ColumnMapping, notes: RowNotes) -> list[str]:
    """The cells, as many as there are columns. Raises RejectedRow for a broken record."""
    if record.fault:
        raise notes.rejected(record.fault)
    cells, width = list(record.cells), len(mapping.columns)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    if len(cells) > width:
        raise notes.rejected("cells_too_many", n=len(cells), of=width)
    if len(cells) < width:
        notes.add("cells_missing", n=len(cells), of=width)
        cells += [""] * (width - len(cells))
    if mapping.takes_off_apostrophes:
        cells = [unprotected(cell) for cell in cells]
    _look_at(cells, mapping, notes)
    if not any(_used(cells, mapping)):
        raise notes.rejected("empty_row")
    return cells


def _look_at(cells: Sequence[str], mapping: ColumnMapping, notes: RowNotes) -> None:
    """What is odd in the cells that are used, and which unused ones hold something."""
    for cell, column, name in zip(cells, mapping.columns, mapping.names, strict=True):
        if column is Column.IGNORED:
            if cell:
                notes.add("extra_column", name)
            continue
        if len(cell) > HUGE_CELL_CHARS:
            notes.add("huge_cell", name, n=len(cell))
        if "\0" in cell:
            notes.add("nul_character")
        if "\n" in cell or "\r" in cell:
            notes.add("line_breaks_in_cells")
        if has_undecoded(cell):
            reason = "a byte is no text in the file's encoding"
            raise notes.rejected("bad_utf8", name, column=_first_bad(cell), reason=reason)


def _first_bad(cell: str) -> int:
    return next(i for i, letter in enumerate(cell, 1) if "\udc80" <= letter <= "\udcff")


def _used(cells: Sequence[str], mapping: ColumnMapping) -> list[str]:
    pairs = zip(cells, mapping.columns, strict=True)
    return [cell for cell, column in pairs if column is not Column.IGNORED]


def _value(cells: Sequence[str], mapping: ColumnMapping, notes: RowNotes) -> dict[str, Any]:
    messages = _messages(cells, mapping)
    if mapping.format is Format.COMPLETION:
        asked = "\n\n".join(m["content"] for m in messages if m["role"] != "assistant")
        said = "\n\n".join(m["content"] for m in messages if m["role"] == "assistant")
        return {"prompt": asked, "completion": said}
    holder: dict[str, Any] = {"messages": messages}
    tools = tools_from(_cell(cells, mapping, Column.TOOLS), "tools", notes)
    if tools:
        holder["tools"] = tools
    if mapping.format is not Format.PREFERENCE:
        return holder
    answers = [_cell(cells, mapping, c) for c in (Column.PREFERRED, Column.NON_PREFERRED)]
    lists = [[{"role": "assistant", "content": answer}] for answer in answers]
    return {"input": holder, "preferred_output": lists[0], "non_preferred_output": lists[1]}


def _messages(cells: Sequence[str], mapping: ColumnMapping) -> list[dict[str, Any]]:
    """Turns in the order of columns; empty ones only where they are the first of their role."""
    messages: list[dict[str, Any]] = []
    seen: set[str] = set()
    for cell, column in zip(cells, mapping.columns, strict=True):
        if column is Column.CONTEXT and cell.strip():
            _add_context(messages, cell)
        role = _ROLES.get(column)
        if role is None:
            continue
        if cell or (role != "system" and role not in seen):
            messages.append({"role": role, "content": cell})
        seen.add(role)
    return messages


def _add_context(messages: list[dict[str, Any]], cell: str) -> None:
    if messages and messages[-1]["role"] == "user":
        before = messages[-1]["content"]
        messages[-1]["content"] = f"{before}\n\n{cell}" if before else cell
    else:
        messages.append({"role": "user", "content": cell})


def _cell(cells: Sequence[str], mapping: ColumnMapping, column: Column) -> str:
    found = (cell for cell, kind in zip(cells, mapping.columns, strict=True) if kind is column)
    return next(found, "")


def _conversations(records: Iterable[Record], mapping: ColumnMapping) -> Iterator[SortedRow]:
    """Lines of one conversation after each other become one row."""
    turns: list[dict[str, str]] = []
    notes, held, system = RowNotes(0), "", ""
    for record in records:
        line_notes = RowNotes(record.line)
        try:
            cells = _cells(record, mapping, line_notes)
        except RejectedRow as rejected:
            yield refused(_source(record), rejected.note)
            continue
        name = _cell(cells, mapping, Column.CONVERSATION)
        if turns and name != held:
            yield from _conversation(turns, system, notes)
            turns = []
        if not turns:
            notes, held = line_notes, name
            system = _cell(cells, mapping, Column.SYSTEM)
        speaker = _cell(cells, mapping, Column.SPEAKER)
        turns.append({"role": speaker, "content": _cell(cells, mapping, Column.TEXT)})
    if turns:
        yield from _conversation(turns, system, notes)


def _conversation(turns: list[dict[str, str]], system: str, notes: RowNotes) -> list[SortedRow]:
    value: dict[str, Any] = {"conversations": turns}
    if system:
        value["system"] = system
    return _with_notes([sort_value(value, notes.row)], notes)


def _with_notes(rows: list[SortedRow], notes: RowNotes) -> list[SortedRow]:
    before = notes.all()
    first = msgspec.structs.replace(rows[0], notes=[*before, *rows[0].notes])
    return [first, *rows[1:]]


def _source(record: Record) -> bytes:
    if record.fault:
        return record.cells[0].encode("utf-8", "surrogateescape")
    return write_record(record.cells).encode("utf-8", "surrogateescape").rstrip(b"\r\n")
