"""What the formats say, in the window's language: notes, kinds of rows, columns, exports."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from tunedesk.core.formats.columns import Column
from tunedesk.core.formats.export_rows import ExportKind
from tunedesk.core.formats.looking import Action
from tunedesk.core.formats.notes import WORD_PARAMS, Note, NoteCount, template
from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import FilePlan
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.words import size


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)


def phrase(text: str) -> str:
    """A phrase of the formats' own tables, translated by its English source."""
    return QCoreApplication.translate("Formats", text)


def note_words(note: Note) -> str:
    """One remark as a sentence."""
    params = {
        name: phrase(value) if name in WORD_PARAMS and isinstance(value, str) else value
        for name, value in note.params.items()
    }
    return phrase(template(note.code)).format(**{"row": note.row, "field": note.field, **params})


def count_words(counted: NoteCount) -> str:
    """A remark about many rows: how many, and the sentence about the first of them."""
    said = note_words(counted.first)
    if counted.count == 1:
        return said
    rows = rows_words(counted.count)
    names_a_row = "{row}" in template(counted.first.code) or "[" in counted.first.field
    words = _tr("{rows}, for instance: {said}") if names_a_row else _tr("{said} ({rows})")
    return words.format(rows=rows, said=said)


def format_words(kind: Format) -> str:
    """What rows of a format are called."""
    return {
        Format.CHAT: _tr("conversations"),
        Format.COMPLETION: _tr("prompts with completions"),
        Format.PREFERENCE: _tr("preference pairs"),
        Format.UNKNOWN: _tr("not usable"),
    }[kind]


def row_words(kind: Format) -> str:
    """What one row of a format is called."""
    return {
        Format.CHAT: _tr("conversation"),
        Format.COMPLETION: _tr("prompt and completion"),
        Format.PREFERENCE: _tr("preference pair"),
        Format.UNKNOWN: _tr("not usable"),
    }[kind]


def file_words(file: FilePlan) -> str:
    """ "marv.csv · about 1,204 rows · 412 kB"."""
    rows = rows_words(file.n_rows)
    if not file.n_rows_is_exact:
        rows = _tr("about {rows}").format(rows=rows)
    if file.look.action is Action.NOTHING:
        return f"{file.path.name} · {_tr('nothing to use')} · {size(file.size_bytes)}"
    return f"{file.path.name} · {rows} · {size(file.size_bytes)}"


def files_words(source: Path, n_files: int) -> str:
    """What was dropped, as a heading."""
    if n_files == 1:
        return source.name
    return _tr("{name} · {n} files").format(name=source.name, n=n_files)


def column_words() -> list[tuple[Column, str]]:
    """What a column of a table can be, in the order of the menu."""
    return [
        (Column.IGNORED, _tr("not used")),
        (Column.SYSTEM, _tr("system")),
        (Column.USER, _tr("user")),
        (Column.CONTEXT, _tr("user, more text")),
        (Column.ASSISTANT, _tr("assistant")),
        (Column.PREFERRED, _tr("preferred answer")),
        (Column.NON_PREFERRED, _tr("not preferred answer")),
        (Column.TOOLS, _tr("tools (JSON)")),
        (Column.JSON, _tr("whole row (JSON)")),
        (Column.CONVERSATION, _tr("conversation number")),
        (Column.SPEAKER, _tr("who speaks")),
        (Column.TEXT, _tr("what is said")),
    ]


def export_words(kind: ExportKind) -> tuple[str, str]:
    """Name and one sentence for a way of writing rows."""
    return {
        ExportKind.JSONL: (_tr("JSONL"), _tr("The rows as they are, byte for byte.")),
        ExportKind.JSON_ARRAY: (_tr("JSON array"), _tr("One list of all rows, unchanged.")),
        ExportKind.COMPLETION: (
            _tr("Prompt and completion"),
            _tr("JSONL with one text asked and one answered."),
        ),
        ExportKind.TRL_PREFERENCE: (
            _tr("TRL preference pairs"),
            _tr("JSONL with prompt, chosen and rejected, as TRL reads it."),
        ),
        ExportKind.SHAREGPT: (_tr("ShareGPT"), _tr("JSONL with turns as from and value.")),
        ExportKind.ALPACA: (_tr("Alpaca"), _tr("JSONL with instruction, input and output.")),
        ExportKind.CSV: (
            _tr("CSV, safe in Excel"),
            _tr("A table for spreadsheets; it can be imported again without loss."),
        ),
        ExportKind.PARQUET: (_tr("Parquet"), _tr("A table for data tools.")),
    }[kind]
