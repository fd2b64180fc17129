"""Which column of a table is what: one menu a column, and how the file is to be read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from tunedesk.core.formats.columns import PROBLEMS, Column, ColumnMapping
from tunedesk.core.formats.containers import DELIMITER_NAMES, Container, Source
from tunedesk.core.formats.encodings import NAMES
from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import FilePlan
from tunedesk.ui.files.words import column_words, phrase
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row, scrolled
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

_MAX_EXAMPLE_CHARS = 120
_COLUMNS_SHOWN, _COLUMN_HEIGHT = 4, 38


class MappingPanel(QWidget):
    """`mapped(ColumnMapping)` when a column became something else, `read_anew(Source)` when the
    file is to be read with another encoding or delimiter."""

    mapped = Signal(object)
    read_anew = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._file: FilePlan | None = None
        self.columns: list[QComboBox] = []
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.encoding = self._source_box(self.tr("Encoding"), list(NAMES.items()))
        self.delimiter = self._source_box(self.tr("Separated by"), list(DELIMITER_NAMES.items()))
        self.header = QCheckBox(self.tr("The first row names the columns"))
        self.header.setAccessibleName(self.header.text())
        self.header.toggled.connect(self._told_header)
        self._reading = QWidget()
        self._reading.setLayout(
            row(
                PlainLabel(self.tr("Encoding"), "second"),
                self.encoding,
                PlainLabel(self.tr("Separated by"), "second"),
                self.delimiter,
                self.header,
                None,
            )
        )
        self._body = QWidget()
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setVerticalSpacing(6)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(2, 1)
        self._grid.setColumnMinimumWidth(0, 150)
        self._area = scrolled(self._body)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for part in (self._reading, self._area, self.problem):
            box.addWidget(part)

    def _source_box(self, name: str, items: Sequence[tuple[str, str]]) -> QComboBox:
        made = ChoiceBox(self._theme, name)
        for value, words in items:
            made.addItem(phrase(words), value)
        made.activated.connect(self._told_source)
        return made

    def show_file(self, file: FilePlan) -> None:
        """Show how `file` is read; nothing is told."""
        mapping = file.look.mapping
        assert mapping is not None
        is_new = (
            self._file is None
            or self._file.path != file.path
            or _names(self._file) != (mapping.names)
        )
        self._file = file
        source = file.look.source
        self._reading.setVisible(source.container is Container.TABLE)
        self.encoding.setCurrentIndex(self.encoding.findData(source.encoding))
        self.delimiter.setCurrentIndex(self.delimiter.findData(source.delimiter))
        self.header.blockSignals(True)
        self.header.setChecked(mapping.has_header)
        self.header.blockSignals(False)
        if is_new:
            self._lay_out(file, mapping)
        for box, column in zip(self.columns, mapping.columns, strict=True):
            box.setCurrentIndex(box.findData(column))
        self.problem.setText(phrase(PROBLEMS[mapping.problem()]) if mapping.problem() else "")
        self.problem.setVisible(bool(mapping.problem()))

    def _lay_out(self, file: FilePlan, mapping: ColumnMapping) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        self.columns = []
        for at, name in enumerate(mapping.names):
            box = ChoiceBox(self._theme, self.tr("Column {name}").format(name=name))
            for column, words in column_words():
                box.addItem(words, column)
            box.activated.connect(partial(self._told_column, at))
            self.columns.append(box)
            label = ElidedLabel(name, "strong")
            box.setFixedWidth(190)
            self._grid.addWidget(label, at, 0)
            self._grid.addWidget(box, at, 1)
            self._grid.addWidget(ElidedLabel(_example(file, at), "second"), at, 2)
        shown = min(len(self.columns), _COLUMNS_SHOWN)
        self._area.setFixedHeight(shown * _COLUMN_HEIGHT)

    def _told_column(self, at: int, _index: int) -> None:
        assert self._file is not None and self._file.look.mapping is not None
        old = self._file.look.mapping
        chosen = Column(self.columns[at].currentData())
        columns = (*old.columns[:at], chosen, *old.columns[at + 1 :])
        self.mapped.emit(with_columns(old, columns))

    def _told_header(self, is_there: bool) -> None:
        assert self._file is not None and self._file.look.mapping is not None
        old = self._file.look.mapping
        first = self._file.look.records[0].cells if self._file.look.records else []
        numbers = tuple(str(at + 1) for at in range(len(old.columns)))
        names = (*(cell.strip() for cell in first), *numbers[len(first) :])
        changed = msgspec.structs.replace(
            old, has_header=is_there, names=names[: len(numbers)] if is_there else numbers
        )
        self.mapped.emit(changed)

    def _told_source(self, _index: int) -> None:
        assert self._file is not None
        self.read_anew.emit(
            Source(
                container=self._file.look.source.container,
                encoding=str(self.encoding.currentData()),
                delimiter=str(self.delimiter.currentData()),
            )
        )


def with_columns(old: ColumnMapping, columns: Sequence[Column]) -> ColumnMapping:
    """Other columns, and the format that follows from them: answers of both kinds make pairs."""
    used = [column for column in columns if column is not Column.IGNORED]
    kind = Format.CHAT
    if {Column.PREFERRED, Column.NON_PREFERRED} & set(used):
        kind = Format.PREFERENCE
    elif old.format is Format.COMPLETION and sorted(used) == [Column.ASSISTANT, Column.USER]:
        kind = Format.COMPLETION
    return msgspec.structs.replace(old, columns=tuple(columns), format=kind)


def _names(file: FilePlan) -> tuple[str, ...]:
    return file.look.mapping.names if file.look.mapping is not None else ()


def _example(file: FilePlan, at: int) -> str:
    """The first filled cell of a column."""
    mapping = file.look.mapping
    assert mapping is not None
    for record in file.look.records[mapping.has_header :]:
        if at < len(record.cells) and record.cells[at].strip():
            return " ".join(record.cells[at][: 2 * _MAX_EXAMPLE_CHARS].split())[:_MAX_EXAMPLE_CHARS]
    return ""
