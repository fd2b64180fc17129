"""The first rows of an import as they will be, and what cannot be used with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from tunedesk.core.formats.sorting import SortedRow
from tunedesk.core.rows import Format, summarise
from tunedesk.ui.files.words import note_words, row_words

_MAX_CHARS = 160


def plain_table(name: str, headings: Sequence[str]) -> QTableWidget:
    """A read-only table of texts whose last columns share the room."""
    made = QTableWidget(0, len(headings))
    made.setHorizontalHeaderLabels(list(headings))
    made.setAccessibleName(name)
    made.setProperty("look", "lines")
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.setTabKeyNavigation(False)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(28)
    across = made.horizontalHeader()
    across.setHighlightSections(False)
    across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    across.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    across.setStretchLastSection(True)
    return made


def put_row(table: QTableWidget, cells: Sequence[str]) -> None:
    """Add a row of texts, each cut where nobody reads on."""
    at = table.rowCount()
    table.insertRow(at)
    for column, cell in enumerate(cells):
        table.setItem(at, column, QTableWidgetItem(cell[:_MAX_CHARS]))


def sample_table() -> QTableWidget:
    """An empty one, for `show_sample`."""
    tr = _tr
    name = tr("The first rows as they will be")
    made = plain_table(name, (tr("Line"), tr("Becomes"), tr("Prompt"), tr("Reply")))
    for column, width in enumerate((56, 170, 320)):
        made.setColumnWidth(column, width)
    return made


def show_sample(table: QTableWidget, rows: Sequence[SortedRow]) -> None:
    """Replace what the table shows."""
    table.setRowCount(0)
    for sample in rows:
        put_row(table, (f"{sample.line:,}", *_cells(sample)))


def _cells(sample: SortedRow) -> tuple[str, str, str]:
    if sample.format is Format.UNKNOWN:
        reason = note_words(sample.notes[-1]) if sample.notes else ""
        return row_words(sample.format), reason, ""
    seen = summarise(sample.raw)
    return row_words(sample.format), seen.prompt, seen.reply


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)
