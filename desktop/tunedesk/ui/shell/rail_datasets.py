"""The project's datasets under "Data": to switch with a click, and to drop rows and files on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.widgets.check_button import CheckButton
from tunedesk.ui.widgets.dropped_files import dragged_files
from tunedesk.ui.widgets.layout import scrolled
from tunedesk.ui.widgets.named_keys import InnerKey
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip

if TYPE_CHECKING:
    from tunedesk.ui.pages.data.row_drag import DraggedRows
    from tunedesk.ui.widgets.answer_drag import DraggedAnswer

_LINE_HEIGHT, _MAX_SHOWN = 29, 9


class DatasetLine(NamedTuple):
    """A dataset in the rail: its id, its name, its number of rows in words."""

    id: int
    name: str
    note: str


class RailDataset(CheckButton):
    """One dataset; lights up while something that it takes hangs over it."""

    def __init__(self, line: DatasetLine, parent: RailDatasets) -> None:
        super().__init__(parent)
        self.line = line
        self._list = parent
        self.setProperty("look", "rail-dataset")
        self.setCheckable(True)
        self.setAcceptDrops(True)
        self.setFixedHeight(_LINE_HEIGHT - 1)
        self._name, self._note = ElidedLabel("", "second"), PlainLabel("", "faint")
        box = QHBoxLayout(self)
        box.setContentsMargins(30, 0, 10, 0)
        box.setSpacing(6)
        box.addWidget(self._name, 1)
        box.addWidget(self._note)
        for label in (self._name, self._note):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda _on: parent.chosen.emit(line.id))
        self.show_line(line)

    def show_line(self, line: DatasetLine) -> None:
        self.line = line
        self._name.setText(line.name)
        self._note.setText(line.note)
        self.setAccessibleName(self.tr("Dataset {name}").format(name=line.name))
        self.setAccessibleDescription(line.note)
        set_tip(self, line.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Delete removes from the project, Enter opens."""
        acts = {
            Qt.Key.Key_F2: self._list.rename_asked,
            Qt.Key.Key_Delete: self._list.remove_asked,
            Qt.Key.Key_Return: self._list.chosen,
            Qt.Key.Key_Enter: self._list.chosen,
        }
        signal = acts.get(Qt.Key(event.key()))
        if signal is None:
            super().keyPressEvent(event)
        else:
            signal.emit(self.line.id)

    def inner_keys(self) -> list[InnerKey]:
        return [
            InnerKey("F2", self.tr("Rename the dataset")),
            InnerKey("Del", self.tr("Remove the dataset from the project")),
        ]

    def offered_menu(self) -> QMenu | None:
        made: list[QMenu] = []
        self._list.menu_wanted.emit(self.line.id, made)
        return made[0] if made else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._list.menu_asked.emit(self.line.id, event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        words = self._words(event.mimeData())
        if words:
            event.acceptProposedAction()
            self._light(words)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light("")

    def dropEvent(self, event: QDropEvent) -> None:
        self._light("")
        event.acceptProposedAction()
        rows, answer = _carried(event.mimeData())
        if answer is not None:
            self._list.answer_dropped.emit(self.line.id, answer)
        elif rows is not None:
            self._list.rows_dropped.emit(self.line.id, rows)
        elif paths := dragged_files(event.mimeData()):
            self._list.files_dropped.emit(self.line.id, paths)

    def takes_answer(self, mime: QMimeData) -> bool:
        """Whether this is an answer of a model."""
        return _carried(mime)[1] is not None

    def _words(self, mime: QMimeData) -> str:
        """What a drop here would do, "" where it is not taken: rows are not moved to themselves."""
        rows, answer = _carried(mime)
        if answer is not None:
            return self.tr("Add this answer to {name}").format(name=self.line.name)
        if rows is not None:
            words = self.tr("Move {rows} to {name}") if rows.dataset_id != self.line.id else ""
            return words.format(rows=rows_words(rows.n_rows), name=self.line.name)
        paths = dragged_files(mime)
        if len(paths) == 1:
            words = self.tr("Add the rows of {file} to {name}")
            return words.format(file=Path(paths[0]).name, name=self.line.name)
        words = self.tr("Add the rows of {n} files to {name}") if paths else ""
        return words.format(n=len(paths), name=self.line.name)

    def _light(self, words: str) -> None:
        self.setProperty("over", bool(words))
        self.style().unpolish(self)
        self.style().polish(self)
        self._list.hinted.emit(words)


def _carried(mime: QMimeData) -> tuple[DraggedRows | None, DraggedAnswer | None]:
    from tunedesk.ui.pages.data.row_drag import dragged_rows  # after the first paint
    from tunedesk.ui.widgets.answer_drag import dragged_answer

    return dragged_rows(mime), dragged_answer(mime)


class RailDatasets(QWidget):
    """Every signal carries the dataset's id first, `menu_wanted` then a list that takes the menu,
    but for `hinted(words)`: what a drop would do,
    "" when nothing hangs over a dataset any more."""

    chosen = Signal(int)
    rename_asked = Signal(int)
    remove_asked = Signal(int)
    menu_asked = Signal(int, QPoint)
    menu_wanted = Signal(int, object)
    rows_dropped = Signal(int, object)
    files_dropped = Signal(int, object)
    answer_dropped = Signal(int, object)
    hinted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[int, RailDataset] = {}
        self._in_sight = -1  # the one that was last brought into view
        body = QWidget()
        self._box = QVBoxLayout(body)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(1)
        self._area: QScrollArea = scrolled(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def current(self) -> RailDataset | None:
        """The line of the dataset that is open."""
        return next((line for line in self.lines.values() if line.isChecked()), None)

    def show_lines(self, lines: Sequence[DatasetLine], current_id: int) -> None:
        """Follow the project; buttons that stay keep the keyboard."""
        wanted = {line.id for line in lines}
        for gone in [known for known in self.lines if known not in wanted]:
            old = self.lines.pop(gone)
            self._box.removeWidget(old)
            old.hide()
            old.deleteLater()
        for at, line in enumerate(lines):
            if line.id not in self.lines:
                self.lines[line.id] = RailDataset(line, self)
                self._box.insertWidget(at, self.lines[line.id])
            self.lines[line.id].show_line(line)
            self.lines[line.id].setChecked(line.id == current_id)
        body = self._area.widget()
        assert body is not None
        body.setMinimumHeight(len(lines) * _LINE_HEIGHT)  # else many are pressed into few's room
        self._area.setFixedHeight(min(len(lines), _MAX_SHOWN) * _LINE_HEIGHT)
        self.setVisible(len(lines) > 0)
        if current_id != self._in_sight and current_id in self.lines:
            self._in_sight = current_id
            self._box.activate()
            self._area.ensureWidgetVisible(self.lines[current_id], 0, 0)
