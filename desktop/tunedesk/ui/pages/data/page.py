"""The Data page: brings the panels and the session together; every edit is undoable."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import QSplitter, QWidget

from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    InsertRows,
    MoveRows,
    SetRow,
    SetSplit,
)
from tunedesk.core.rows import new_chat_row
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.workspace import DatasetInfo
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.commands import EditCommand
from tunedesk.ui.pages.data.filtering import rows_matching
from tunedesk.ui.pages.data.header import DataHeader
from tunedesk.ui.pages.data.numbers_card import NumbersCard
from tunedesk.ui.pages.data.row_panel import RowPanel
from tunedesk.ui.pages.data.rows_panel import RowsPanel
from tunedesk.ui.pages.data.session_notice import SessionNotice
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.words import clock_time, size

_CHECK_PAUSE_MS = 700


class DataPage(Page):
    """Shows `current`'s dataset and follows it; `on_enter(row)` jumps to a dataset index."""

    def __init__(
        self, *, current: CurrentDataset, operations: Operations, ask: Ask, theme: Theme
    ) -> None:
        super().__init__("Data")
        self.title_label.hide()
        self.setAccessibleName(self.tr("Data"))
        self._current, self._operations, self._ask = current, operations, ask
        self._session: DatasetSession | None = None
        self._filter_number = 0
        self.undo = QUndoStack(self)
        self.head = DataHeader(self.header, self)
        self.rows = RowsPanel(theme)
        self.row = RowPanel(theme)
        self.numbers = NumbersCard(theme)
        self.notice = SessionNotice(self.save)
        self._recheck = QTimer(self)
        self._recheck.setSingleShot(True)
        self._recheck.setInterval(_CHECK_PAUSE_MS)
        self._recheck.timeout.connect(self._check)
        self._arrange()
        self._wire()
        self._add_keys()
        current.changed.connect(self._dataset_changed)
        self._dataset_changed()

    def _arrange(self) -> None:
        side = QWidget()
        side.setObjectName("panelSide")
        below = QWidget()
        below.setLayout(column(self.numbers, margins=(14, 8, 14, 14)))
        side_box = column(self.row, below, spacing=0)
        side_box.setStretch(0, 1)
        side.setLayout(side_box)
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.rows)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([730, 500])
        self.rows.setMinimumWidth(380)
        side.setMinimumWidth(330)
        self.outer.addWidget(self.notice)
        self.outer.addWidget(self.splitter, 1)

    def _wire(self) -> None:
        grid, row = self.rows.grid, self.row
        grid.row_chosen.connect(self._show_row)
        grid.split_asked.connect(self._toggle_split)
        grid.remove_asked.connect(lambda _row: self._delete_chosen())
        grid.edit_asked.connect(row.focus_editor)
        self.rows.filter_changed.connect(lambda _chip: self._filter())
        self.rows.problems.row_chosen.connect(self._jump)
        row.row_edited.connect(self._row_edited)
        row.set_aside.connect(self._set_aside)
        row.duplicate.connect(self._duplicate)
        row.delete.connect(self._delete_chosen)
        self.head.search_changed.connect(lambda _text: self._filter())
        self.head.open_asked.connect(self.choose_file)
        self.head.save_asked.connect(self.save)
        self.head.train_asked.connect(lambda: self.navigate.emit("new_fine_tune", None))
        self.head.dataset_chosen.connect(self._switch)

    def _add_keys(self) -> None:
        standard = QKeySequence.StandardKey
        for key, act in (
            (QKeySequence(standard.Undo), self._undo),
            (QKeySequence(standard.Redo), self.undo.redo),
            (QKeySequence("F8"), lambda: self.rows.problems.step(1)),
            (QKeySequence("Shift+F8"), lambda: self.rows.problems.step(-1)),
            (QKeySequence("Ctrl+D"), self._duplicate),
            (QKeySequence("Ctrl+Shift+N"), self._new_row),
            (QKeySequence("Ctrl+Up"), lambda: self._move_row(-1)),
            (QKeySequence("Ctrl+Down"), lambda: self._move_row(1)),
        ):
            QShortcut(key, self).activated.connect(act)

    # -- what is shown ---------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        if isinstance(payload, int):
            self._jump(payload)
        self._say_saved()

    def first_focus(self) -> QWidget | None:
        return self.rows.grid

    def _dataset_changed(self) -> None:
        session = self._current.session
        self._session = session
        self.undo.clear()
        self.rows.grid.rows.set_session(session)
        self.row.clear()
        if session is None:
            return
        self._follow(session)
        self._operations.run(self._show_names(session), owner=self)
        self._session_changed()
        self._check()
        if len(session):
            self.rows.grid.choose(0)

    def _follow(self, session: DatasetSession) -> None:
        """Hear of the session's changes until the page or the session is gone."""
        forget = session.subscribe(self._session_changed)
        self.destroyed.connect(lambda: forget())

    async def _show_names(self, session: DatasetSession) -> None:
        self.head.show_datasets(session.info, await self._current.datasets())

    def _session_changed(self) -> None:
        """Counts, findings and the grid's marks follow every change of the session."""
        session = self._session
        if session is None or session is not self._current.session:
            return
        counts = session.counts()
        totals = session.totals() if session.is_checked else None
        self.head.show_counts(str(session.format), counts, checked=session.is_checked)
        self.rows.show_counts(counts)
        issues = session.issues()
        self.rows.problems.set_issues(issues)
        self.rows.show_problems(bool(issues))
        self.numbers.show_numbers(totals, counts)
        self.rows.grid.rows.refresh()
        self.rail_note.emit(f"{counts.all:,}")
        self.notice.show_session(session)
        self._say_saved()

    def _say_saved(self) -> None:
        session = self._session
        if session is None:
            return
        rows = self.tr("{n} rows · {size}")
        self.status.emit(rows.format(n=f"{len(session):,}", size=size(session.size_bytes)))
        if session.is_dirty:
            saved = self.tr("Edited · Ctrl+S writes the file")
        elif session.saved_at_ms is not None:
            saved = self.tr("Saved · {time}").format(time=clock_time(session.saved_at_ms))
        else:
            saved = self.tr("File unchanged")
        self.saved.emit(saved)

    def _show_row(self, source: int) -> None:
        self.row.commit()
        session = self._session
        if session is None or not 0 <= source < len(session):
            self.row.clear()
            return
        issues, tokens = session.issues_of(source), session.message_tokens(source)
        self.row.show_row(source + 1, session.row(source), issues, tokens)

    def _jump(self, source: int) -> None:
        if self.rows.grid.rows.shown_row(source) is None:
            self.head.search.clear()
            self.rows.show_all()
            self.rows.grid.rows.show_only(None)
        self.rows.grid.choose(source)

    def _filter(self) -> None:
        session = self._session
        if session is None:
            return
        self._filter_number += 1
        number, keep = self._filter_number, self.rows.grid.chosen()

        async def apply() -> None:
            found = await rows_matching(session, self.rows.chip, self.head.search.text())
            if number == self._filter_number:
                self.rows.grid.rows.show_only(found)
                self.rows.grid.choose(keep)

        self._operations.run(apply(), owner=self)

    # -- edits -----------------------------------------------------------------------------

    def _push(self, name: str, edit: Edit) -> None:
        if self._session is not None:
            self.undo.push(EditCommand(name, self._session, edit, self._applied))

    def _applied(self, edit: Edit) -> None:
        grid = self.rows.grid
        grid.rows.edited(edit)
        rows = len(self._session) if self._session is not None else 0
        target = min(_place_of(edit, grid.chosen()), rows - 1)
        if grid.chosen() != target:
            grid.choose(target)
        self._show_row(target)
        self._recheck.start()

    def _row_edited(self, raw: bytes, what: str) -> None:
        chosen = self.rows.grid.chosen()
        if chosen >= 0:
            self._push(what, SetRow(index=chosen, raw=raw))

    def _toggle_split(self, source: int) -> None:
        if self._session is not None:
            now = self._session.state(source).split
            self._push(
                self.tr("change split"),
                SetSplit(index=source, split="train" if now == "test" else "test"),
            )

    def _set_aside(self) -> None:
        chosen = self.rows.grid.chosen()
        if chosen >= 0:
            self._push(self.tr("set row aside"), SetSplit(index=chosen, split="aside"))

    def _duplicate(self) -> None:
        chosen = self.rows.grid.chosen()
        if chosen >= 0 and self._session is not None:
            raw = self._session.row(chosen)
            self._push(self.tr("duplicate row"), InsertRow(index=chosen + 1, raw=raw))

    def _new_row(self) -> None:
        if self._session is not None:
            raw = new_chat_row([{"role": "user", "content": ""}])
            index = self.rows.grid.chosen() + 1
            self._push(self.tr("new row"), InsertRow(index=index, raw=raw))
            self.row.focus_editor()

    def _delete_chosen(self) -> None:
        chosen = self.rows.grid.chosen_rows()
        if not chosen:
            return
        self.undo.beginMacro(self.tr("delete {n} rows").format(n=len(chosen)))
        for index in reversed(chosen):
            self._push(self.tr("delete row"), DeleteRow(index=index))
        self.undo.endMacro()

    def _move_row(self, step: int) -> None:
        chosen = self.rows.grid.chosen()
        if self._session is not None and 0 <= chosen + step < len(self._session) and chosen >= 0:
            self._push(self.tr("move row"), MoveRows(first=chosen, count=1, to=chosen + step))

    def _undo(self) -> None:
        self.row.commit()
        self.undo.undo()

    # -- work in the background --------------------------------------------------------------

    def _check(self) -> None:
        session = self._session
        if session is not None:
            self._operations.run(session.check(), owner=self, done=lambda _: self._check_done())

    def _check_done(self) -> None:
        self._session_changed()
        chosen = self.rows.grid.chosen()
        if self._session is not None and 0 <= chosen < len(self._session):
            self.row.show_findings(
                self._session.issues_of(chosen), self._session.message_tokens(chosen)
            )

    def save(self) -> None:
        """Write the file; what is still being typed goes in."""
        self.row.commit()
        if self._session is not None:
            self._operations.run(self._session.save(), owner=self, done=lambda _: self._say_saved())

    def choose_file(self) -> None:
        """Ask for a file and open it as a dataset of this project."""

        async def choose() -> None:
            chosen = await self._ask.open_files(
                self.tr("Open training examples"), self.tr("Training examples (*.jsonl)")
            )
            for path in chosen:
                await self._current.add(path)

        self._operations.run(choose(), owner=self)

    def open_file(self, path: Path) -> None:
        """Open a dropped or named file as a dataset of this project."""
        self.row.commit()
        self._operations.run(self._current.add(path), owner=self)

    def _switch(self, info: object) -> None:
        self.row.commit()
        if isinstance(info, DatasetInfo):
            self._operations.run(self._current.open(info), owner=self)


def _place_of(edit: Edit, otherwise: int) -> int:
    """The row to show after an edit."""
    match edit:
        case SetRow() | SetSplit() | InsertRow() | DeleteRow():
            return edit.index
        case MoveRows():
            return edit.to
        case InsertRows() if edit.rows:
            return edit.rows[0][0]
        case DeleteRows() if edit.indices:
            return edit.indices[0]
    return max(otherwise, 0)
