"""Find and replace: what would change is shown before anything does, and is one undo step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.find_run import Progress
from tunedesk.services.dataset.finding import (
    Query,
    QueryError,
    Replacement,
    compiled,
    require_template,
    with_changes,
)
from tunedesk.ui.files.dialog import ToolDialog
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.find_bar import FindOptions
from tunedesk.ui.pages.data.preview_table import PreviewLine, PreviewTable
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.words import counted

Scope = Literal["all", "selected", "shown"]
Rows = tuple[tuple[int, bytes], ...]
Look = Callable[[Query, str, Scope, Progress], Coroutine[Any, Any, list[Replacement]]]

_LOOK_AFTER_MS = 350
_SIZE = QSize(900, 600)


class ReplaceDialog(ToolDialog):
    """`apply_asked(rows)` with (index, new bytes) of each row that changes.

    `look(query, template, scope, progress)` works the preview out; `row(index)` is the row now.
    """

    apply_asked = Signal(object)

    def __init__(
        self,
        look: Look,
        row_of: Callable[[int], bytes],
        *,
        operations: Operations,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, self.tr("Find and replace"), "replace", memory, _SIZE)
        self._look, self._row_of, self._operations = look, row_of, operations
        self._found: list[Replacement] = []
        self._places: list[tuple[int, int]] = []
        self._task: asyncio.Task[list[Replacement]] | None = None
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_LOOK_AFTER_MS)
        self._waiting.timeout.connect(self._begin)
        self.options = FindOptions(theme)
        self.find_box = _line(self.tr("Find"))
        self.replace_box = _line(self.tr("Replace with"))
        self.scope = ChoiceBox(theme, self.tr("In which rows"))
        for words, scope in (
            (self.tr("All rows"), "all"),
            (self.tr("Selected rows"), "selected"),
            (self.tr("Rows shown"), "shown"),
        ):
            self.scope.addItem(words, scope)
        self.said = PlainLabel("", "second", wrap=True)
        self.table = PreviewTable(theme)
        self.stop = button(self.tr("Stop"), self._stop)
        self.close_button = button(self.tr("Close"), self.reject)
        self.apply = button(self.tr("Replace"), self._apply, look="primary")
        self._arrange_parts()
        self._wire()
        self._show([])

    def _arrange_parts(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(10)
        form.addWidget(PlainLabel(self.tr("Find"), "second"), 0, 0)
        form.addWidget(self.find_box, 0, 1)
        form.addWidget(self.options, 0, 2)
        form.addWidget(PlainLabel(self.tr("Replace with"), "second"), 1, 0)
        form.addWidget(self.replace_box, 1, 1)
        form.addLayout(row(self.scope, None), 1, 2)
        form.setColumnStretch(1, 1)
        self.arrange(
            form, self.said, self.table, buttons=[self.stop, None, self.close_button, self.apply]
        )
        self.setTabOrder(self.find_box, self.replace_box)  # what hands expect
        box = self.layout()
        assert box is not None
        box.setStretchFactor(self.table, 1)  # type: ignore[attr-defined]

    def _wire(self) -> None:
        for box in (self.find_box, self.replace_box):
            box.textChanged.connect(self._changed)
            box.returnPressed.connect(self._begin)
        self.options.changed.connect(self._changed)
        self.scope.activated.connect(lambda _: self._changed())
        self.table.preview.ticked_changed.connect(self._count)
        self.finished.connect(lambda _: self._stop())

    def begin(self, text: str, options: FindOptions, scope: Scope) -> None:
        """Take over what is being searched."""
        self.options.take(options)
        self.scope.setCurrentIndex(self.scope.findData(scope))
        self.find_box.setText(text)
        (self.replace_box if text else self.find_box).setFocus()
        self._changed()

    # -- the preview -------------------------------------------------------------------------

    def _changed(self) -> None:
        self._stop()
        self.apply.setEnabled(False)
        self._waiting.start()

    def _begin(self) -> None:
        self._stop()
        query = self.options.query(self.find_box.text())
        self._mark_invalid(None)
        if query is None:
            self._show([])
            return
        if self._is_wrong(query):
            return
        self.said.set_look("second")
        self.said.setText(self.tr("Looking…"))
        self.stop.show()
        work = self._look(query, self.replace_box.text(), self.scope.currentData(), self._at)
        self._task = self._operations.run(work, owner=self, done=self._show, failed=self._failed)

    def _is_wrong(self, query: Query) -> bool:
        for box, check in (
            (self.find_box, lambda: compiled(query)),
            (self.replace_box, lambda: require_template(query, self.replace_box.text())),
        ):
            try:
                check()
            except QueryError as error:
                self._show([])
                self._mark_invalid(box)
                self.said.set_look("error")
                self.said.setText(self.tr("The expression cannot be used: {why}").format(why=error))
                return True
        return False

    def _mark_invalid(self, wrong: QLineEdit | None) -> None:
        for box in (self.find_box, self.replace_box):
            box.setProperty("look", "invalid" if box is wrong else "")
            box.style().unpolish(box)
            box.style().polish(box)

    def _at(self, n_done: int, n_all: int) -> None:
        self.said.setText(
            self.tr("Looked at {n} of {all} rows").format(n=f"{n_done:,}", all=f"{n_all:,}")
        )

    def _failed(self, error: TunedeskError) -> None:
        self._show([])
        self.said.set_look("error")
        self.said.setText(f"{error.title} {error.what} {error.next_step}")

    def _show(self, found: Sequence[Replacement]) -> None:
        self.stop.hide()
        self._found = list(found)
        self._places = [(i, j) for i, one in enumerate(found) for j in range(len(one.changes))]
        lines = [
            PreviewLine(one.index, change.before, change.after)
            for one in found
            for change in one.changes
        ]
        self.table.preview.show_lines(lines)

    def _count(self) -> None:
        n_ticked = self.table.preview.n_ticked
        self.apply.setEnabled(n_ticked > 0)
        self.apply.setText(
            counted(n_ticked, self.tr("Replace in 1 text"), self.tr("Replace in {n} texts"))
        )
        self.apply.setAccessibleName(self.apply.text())
        self.said.set_look("second")
        if self.table.preview.lines:
            n_texts, n_rows = len(self.table.preview.lines), len(self._found)
            texts = counted(n_texts, self.tr("1 text"), self.tr("{n} texts"))
            rows = counted(n_rows, self.tr("1 row"), self.tr("{n} rows"))
            words = self.tr("To be changed: {texts} in {rows}. Tool calls are left as they are.")
            self.said.setText(words.format(texts=texts, rows=rows))
        elif self.find_box.text():
            self.said.setText(self.tr("Nothing changes."))
        else:
            self.said.setText(self.tr("What would change is listed here first."))

    def _stop(self) -> None:
        self._waiting.stop()
        self.stop.hide()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self.said.setText(self.tr("Stopped."))

    # -- doing it ----------------------------------------------------------------------------

    def _apply(self) -> None:
        rows = self._rows()
        if rows:
            self.apply_asked.emit(rows)
        self.accept()

    def _rows(self) -> Rows:
        """Rows with what is ticked; those that were edited meanwhile keep what was edited."""
        is_ticked = self.table.preview.is_ticked
        wanted: dict[int, list[int]] = {}
        for line, (row_number, change) in enumerate(self._places):
            if is_ticked(line):
                wanted.setdefault(row_number, []).append(change)
        made = []
        for number, changes in wanted.items():
            one = self._found[number]
            if len(changes) == len(one.changes):
                made.append((one.index, one.raw))
            else:
                chosen = [one.changes[i] for i in changes]
                made.append((one.index, with_changes(self._row_of(one.index), chosen)))
        return tuple(made)


def _line(name: str) -> QLineEdit:
    made = LineEdit()
    made.setAccessibleName(name)
    made.setClearButtonEnabled(True)
    return made
