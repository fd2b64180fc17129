"""The Data page: brings the panels and the session together; every edit is undoable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QUndoStack
from PySide6.QtWidgets import QSplitter, QWidget
from shiboken6 import isValid

from tunedesk.core.edits import Edit, SetRow, SetRows
from tunedesk.core.errors import TunedeskError
from tunedesk.core.rows import VOTES_TAG, Format
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.dataset.find_run import Progress, replacements
from tunedesk.services.dataset.finding import Query, Replacement
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.workspace import DatasetInfo
from tunedesk.ui.again import OPEN_DATASET
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.commands import EditCommand, Turned, came_together, place_of
from tunedesk.ui.pages.data.header import DataHeader
from tunedesk.ui.pages.data.kept_views import KeptViews
from tunedesk.ui.pages.data.mending import Mending
from tunedesk.ui.pages.data.numbers_card import NumbersCard
from tunedesk.ui.pages.data.patience import Patience
from tunedesk.ui.pages.data.replace_dialog import ReplaceDialog, Scope
from tunedesk.ui.pages.data.row_actions import RowHands
from tunedesk.ui.pages.data.row_panel import RowPanel
from tunedesk.ui.pages.data.rows_panel import RowsPanel
from tunedesk.ui.pages.data.session_notice import SessionNotice
from tunedesk.ui.pages.data.splitting import Splitting
from tunedesk.ui.pages.data.viewing import Viewing
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.kept_splitter import keep_sizes
from tunedesk.ui.widgets.layout import column, polish
from tunedesk.ui.widgets.named_keys import InnerKey, named_key
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.words import clock_time, counted, size

_CHECK_PAUSE_MS = 700
_USUAL_MESSAGES = 3
_PROBLEMS_PAUSE_MS = 150
_FEW_PROBLEMS = 200  # listed anew within a few milliseconds; more wait for the repaint of the rows


class DataPage(Page):
    """Shows `current`'s dataset and follows it; `on_enter(row)` jumps to a dataset index,
    `on_enter(RowsOf)` leaves those rows, `on_enter("split")` leads to the split bar.

    What is about files (import, export, backups) is asked for and done outside; so is taking the
    selected rows to another dataset (`send_asked`) or into a file (`export_asked`).
    """

    import_asked = Signal()
    send_asked = Signal()
    export_asked = Signal()

    def __init__(
        self,
        *,
        current: CurrentDataset,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory | None = None,
        targets: Sequence[LengthTarget] = (),
        in_parts: bool = False,
    ) -> None:
        """With `in_parts`, whoever makes the page goes through `making` once it has its place, and
        lets the window answer in between; nothing else is called before, but `finish`."""
        super().__init__("Data")
        self.set_title(self.tr("Data"))
        self.title_label.hide()
        self.setAccessibleName(self.tr("Data"))
        self._current, self._operations, self._ask = current, operations, ask
        self._session: DatasetSession | None = None
        self._memory = memory or Memory()
        self._theme = theme
        self._is_applying = self._is_leaving = self._is_holding = False
        self._is_for_split = False
        self.making = self._make(targets)
        if not in_parts:
            self.finish()

    def finish(self) -> None:
        for _ in self.making:
            pass

    def _make(self, targets: Sequence[LengthTarget]) -> Iterator[None]:
        """Each part is put in its place as soon as it is made: there it is styled."""
        self.undo = QUndoStack(self)
        self.head = DataHeader(self._theme, self.header, self)
        self.notice = SessionNotice(self.save)
        self._make_room()
        yield
        self.rows = RowsPanel(self._theme, memory=self._memory)
        self.rows.setMinimumWidth(380)
        yield
        self.splitter.insertWidget(0, self.rows)
        yield
        polish(self.rows)
        yield
        self.row = RowPanel(self._theme)
        yield
        self._side.insertWidget(0, self.row, 1)
        yield
        yield from self.row.conversation.make_cards(_USUAL_MESSAGES)
        polish(self.row)
        yield
        self.numbers = NumbersCard(self._theme, self._operations, targets)
        self._below.addWidget(self.numbers)
        yield
        self._share_room()
        self._recheck = self._timer(_CHECK_PAUSE_MS, self._check)
        self._problems_later = self._timer(_PROBLEMS_PAUSE_MS, self._show_problems)
        self._add_hands()
        yield
        self._wire()
        self._add_keys()
        self._current.changed.connect(self._dataset_changed)
        self._dataset_changed()

    def _add_hands(self) -> None:
        operations = self._operations
        self.patience = Patience(self.rows.said, operations, self, lambda: self._session)
        self.viewing = Viewing(self.head.search, self.rows, operations, self)
        self.kept_views = KeptViews(self._memory, self.rows.grid, self.viewing, self)
        self.hands = RowHands(self.rows, self.push, operations, self._memory, self)
        self.hands.bulk.patience = self.patience
        self.mending = Mending(
            self.rows.problems,
            self.hands.bulk,
            self.push,
            operations=operations,
            ask=self._ask,
            theme=self._theme,
            memory=self._memory,
            parent=self,
        )
        self.splitting = Splitting(self.rows, self.hands.bulk, self.push, self._theme, self)
        self.replacing: ReplaceDialog | None = None

    def _timer(self, pause_ms: int, act: Callable[[], object]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(pause_ms)
        made.timeout.connect(act)
        return made

    def _make_room(self) -> None:
        side = QWidget()
        side.setObjectName("panelSide")
        side.setMinimumWidth(330)
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        below = QWidget()
        self._below = column(margins=(14, 8, 14, 14))
        below.setLayout(self._below)
        self._side = column(below, spacing=0)
        side.setLayout(self._side)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(side)
        self.outer.addWidget(self.notice)
        self.outer.addWidget(self.splitter, 1)

    def _share_room(self) -> None:
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        keep_sizes(self.splitter, self._memory, "splitter.row", [730, 500])

    def _wire(self) -> None:
        grid, row = self.rows.grid, self.row
        grid.row_chosen.connect(self._row_chosen)
        grid.edit_asked.connect(row.focus_editor)
        self.hands.edit_asked.connect(row.focus_editor)
        self.hands.send_asked.connect(self.send_asked)
        self.hands.export_asked.connect(self.export_asked)
        self.hands.undo_asked.connect(self._undo)
        self.hands.redo_asked.connect(self._redo)
        for part in (grid, self.rows.chips, row.form):
            part.hinted.connect(self.hint)
        self.rows.problems.row_chosen.connect(self._jump)
        self.rows.problems.issue_opened.connect(lambda issue: row.focus_path(issue.path))
        self.rows.find_bar.replace_asked.connect(self.replace)
        row.row_edited.connect(self._row_edited)
        self.numbers.target_chosen.connect(self._retarget)
        row.set_aside.connect(lambda: self.hands.bulk.split(self._shown(), "aside"))
        row.kept_in_train.connect(lambda: self.hands.bulk.split(self._shown(), "train"))
        row.duplicate.connect(lambda: self.hands.bulk.duplicate(self._shown()))
        row.delete.connect(lambda: self.hands.bulk.delete(self._shown()))
        row.next_asked.connect(self._next_row)
        self.head.find_asked.connect(self.viewing.begin)
        self.head.import_asked.connect(self.import_asked)
        self.head.save_asked.connect(self.save)
        self.head.check_turned.connect(self._turn_check)
        self.head.undo_asked.connect(self._undo)
        self.head.redo_asked.connect(self._redo)
        self.head.train_asked.connect(lambda: self.navigate.emit("new_fine_tune", OPEN_DATASET))
        self.head.dataset_chosen.connect(self._switch)
        self.undo.indexChanged.connect(lambda _: self._name_undo())
        self.undo.cleanChanged.connect(lambda _: self._name_undo())
        self.head.search.returnPressed.connect(lambda: self.viewing.step(1))

    def _add_keys(self) -> None:
        self.row.add_pair_keys(self.rows.grid)
        standard = QKeySequence.StandardKey
        words = self.rows.row_actions.words()
        for key, name, act in (
            (standard.Undo, self.tr("Undo"), self._undo),
            (("Ctrl+Shift+Z", "Ctrl+Y"), self.tr("Redo"), self._redo),
            ("F8", self.tr("Next problem"), lambda: self._step_problem(1)),
            ("Shift+F8", self.tr("Problem before"), lambda: self._step_problem(-1)),
            ("Ctrl+.", self.tr("Fixes of the problem"), self.rows.problems.open_menu),
            ("Ctrl+H", self.tr("Find and replace…"), self.replace),
            ("Ctrl+Shift+N", self.tr("New row"), self._new_row),
            ("Ctrl+Shift+L", self.tr("Columns and sorting"), self.rows.grid.columns.open_menu),
            ("Ctrl+D", words["duplicate"][0], self._duplicate),
            ("Ctrl+M", words["place"][0], lambda: self.hands.do("place")),
            ("Ctrl+Shift+M", words["send"][0], lambda: self.hands.do("send")),
            ("Ctrl+E", words["export"][0], lambda: self.hands.do("export")),
            ("Ctrl+Up", words["up"][0], lambda: self.hands.step(-1)),
            ("Ctrl+Down", words["down"][0], lambda: self.hands.step(1)),
        ):
            named_key(self, key, name, act)

    def inner_keys(self) -> Sequence[InnerKey]:
        """Of the windows over this page, which are made only when they are asked for."""
        return [InnerKey("Space", self.tr("Tick or untick the selected changes of a preview"))]

    # -- what is shown ---------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        if isinstance(payload, int):
            self._jump(payload)
        elif isinstance(payload, RowsOf):
            self._show_rows_of(payload)
        self._is_for_split = payload == "split"
        self._say_saved()

    def first_focus(self) -> QWidget | None:
        return self.rows.split if self._is_for_split else self.rows.grid

    def _dataset_changed(self) -> None:
        self.kept_views.leave()
        self.rows.chips.forget_asking()
        session = self._current.session
        self._session = session
        self.patience.cancel()
        self.rows.said.hide()
        self.undo.clear()
        self.viewing.set_session(session, self._current.background)
        self.hands.set_session(session, self._current.background)
        self.mending.background = self._current.background
        self.rows.grid.rows.set_session(session)
        self.row.clear()
        if session is None:
            self.notice.hide()
            return
        session.set_target(self.numbers.target)
        self._bring_back_steps(session)
        self._follow(session)
        self._operations.run(self._show_names(session), owner=self)
        if not self._is_holding:
            self._session_changed()
            self._check()
        self.kept_views.begin(session)

    def _bring_back_steps(self, session: DatasetSession) -> None:
        """Edits that the session came with, not in the file yet, are undone like others."""
        for inverse in reversed(session.undo_recovery):
            made = EditCommand(self.tr("an earlier edit"), session, inverse, self._applied)
            self.undo.push(made.done_before())

    def _retarget(self, target: LengthTarget) -> None:
        """Other rows are too long for another model."""
        if self._session is not None:
            self._session.set_target(target)
            self._check()

    def _follow(self, session: DatasetSession) -> None:
        """Hear of the session's changes until the page or the session is gone."""
        forget = session.subscribe(self._session_changed)
        self.destroyed.connect(lambda: forget())

    def show_name(self) -> None:
        """The dataset is called otherwise now."""
        if self._session is not None:
            self._operations.run(self._show_names(self._session), owner=self)

    async def _show_names(self, session: DatasetSession) -> None:
        self.head.show_datasets(session.info, await self._current.datasets())

    def _session_changed(self) -> None:
        """Counts, findings and the grid's marks follow every change of the session."""
        session = self._session
        if session is None or session is not self._current.session:
            return
        counts = session.counts()
        self.head.show_counts(str(session.format), counts, checked=session.is_checked)
        self.head.show_check(
            session.check_state, checked=session.is_checked, stopped=session.is_check_stopped
        )
        tags = session.all_tags()
        self.rows.show_counts(counts, tags)
        self.rows.grid.columns.show_kind(
            is_preference=session.format is Format.PREFERENCE,
            has_tags=bool(tags.keys() - {VOTES_TAG}),
        )
        self.rows.grid.columns.make_room_for(counts.all)
        if self.rows.problems.n_listed <= _FEW_PROBLEMS:
            self._show_problems()
        elif not self._problems_later.isActive():
            self._problems_later.start()
        self.numbers.show_session(session)
        self.rows.grid.rows.refresh()
        self.splitting.refresh()
        self.rail_note.emit(f"{counts.all:,}")
        self.notice.show_session(session)
        self._say_saved()

    def _show_problems(self) -> None:
        self._problems_later.stop()
        if self._session is not None:
            issues = self._session.open_issues()
            self.rows.problems.set_issues(issues, self._session.counts().problems)
            self.rows.show_problems(bool(issues))

    def _step_problem(self, direction: int) -> None:
        self._show_problems()  # as the rows are numbered now
        self.rows.problems.step(direction)

    def _say_saved(self) -> None:
        session = self._session
        if session is None:
            return
        rows = counted(len(session), self.tr("1 row"), self.tr("{n} rows"))
        self.status.emit(f"{rows} · {size(session.size_bytes)}")
        if session.is_saving:
            saved = self.tr("Saving…")
        elif session.is_dirty:
            saved = self.tr("Edited · Ctrl+S writes the file")
        elif session.saved_at_ms is not None:
            saved = self.tr("Saved · {time}").format(time=clock_time(session.saved_at_ms))
        else:
            saved = self.tr("File unchanged")
        self.saved.emit(saved)

    def _show_row(self, source: int) -> None:
        self._commit_row()
        session = self._session
        if session is None or not 0 <= source < len(session):
            self.row.clear()
            return
        self.row.show_row(source + 1, session.row(source), session.issues_of(source))

    def _commit_row(self) -> None:
        """What is still being typed belongs to the row it was typed in, and nobody jumps back."""
        self._is_leaving = True
        try:
            self.row.commit()
        finally:
            self._is_leaving = False

    def _next_row(self) -> None:
        """Ctrl+Enter in the editor: on to the next row that is shown."""
        self.viewing.step(1)
        self.row.focus_editor()

    def show_rows_first(self) -> None:
        """Of the next dataset only the rows are shown, until somebody goes through `show_rest`."""
        self._is_holding = True

    def show_rest(self) -> Iterator[None]:
        """All that is shown beside the rows; the window may answer at each step."""
        if self._is_holding:
            self._is_holding = False
            if self._session is not None:
                self._session_changed()
                yield
                self._row_chosen(self.rows.grid.chosen())
                yield
                self._check()

    def _row_chosen(self, source: int) -> None:
        if not self._is_applying and not self._is_holding:
            self._show_row(source)

    def _jump(self, source: int) -> None:
        if self.rows.grid.rows.shown_row(source) is None:
            self.viewing.show_everything()
        self.rows.grid.choose(source, in_context=True)

    def _show_rows_of(self, wanted: RowsOf) -> None:
        open_name = self._session.info.name if self._session is not None else ""
        if wanted.dataset and wanted.dataset != open_name:
            self._operations.run(
                self._open_named(wanted.dataset),
                owner=self,
                done=lambda _: self._show_rows_of(wanted._replace(dataset="")),
            )
            return
        if self._session is None or not self._session.rows_asking(wanted.digests):
            self.rows.say(self.tr("None of these rows is in this dataset. They may be in another "
                                  "one, or their prompts were edited."))  # fmt: skip
            return
        self.viewing.show_everything()
        self.rows.chips.show_asking(wanted.words, wanted.digests)

    async def _open_named(self, name: str) -> None:
        """Open a dataset of the project and look at its rows; nothing if there is none."""
        infos = await self._current.datasets()
        found = next((info for info in infos if info.name == name), None)
        if found is not None:
            await (await self._current.open(found)).check(upto="rules")

    def _shown(self) -> list[int]:
        """The row in the panel."""
        chosen = self.rows.grid.chosen()
        return [chosen] if chosen >= 0 else []

    # -- edits -----------------------------------------------------------------------------

    def push(self, name: str, edit: Edit, turned: Turned | None = None) -> None:
        """Do an edit as a step that can be undone, called `name` in the menus.

        `turned(is_undone)` is called when it is undone or redone later.
        """
        self._commit_row()  # before rows get other numbers
        self._push(name, edit, turned)

    def _push(self, name: str, edit: Edit, turned: Turned | None = None) -> None:
        def do() -> None:
            if self._session is not None:
                self.undo.push(EditCommand(name, self._session, edit, self._applied, turned))

        self.patience.when_ready(edit, do)

    def _applied(self, edit: Edit) -> None:
        grid = self.rows.grid
        before = grid.chosen()
        target = min(place_of(edit, before), self._n_rows - 1)
        self._is_applying = True  # Qt moves the current row while rows come and go
        try:
            grid.rows.edited(edit)
            if not self._is_leaving:
                if grid.chosen() != target or grid.n_chosen() == 0:
                    grid.choose(target)
                grid.choose_all_of(target, came_together(edit))
        finally:
            self._is_applying = False
        if not self._is_leaving:
            self._show_row(target)
        self.viewing.edited(edit)
        self._recheck.start()

    @property
    def _n_rows(self) -> int:
        return len(self._session) if self._session is not None else 0

    def _row_edited(self, raw: bytes, what: str) -> None:
        row = self.row.shown_row
        if self._session is not None and 0 <= row < len(self._session):
            self._push(what, SetRow(index=row, raw=raw))

    def _duplicate(self) -> None:
        self._commit_row()  # the copy has what is still being typed, too
        self.hands.do("duplicate")

    def _new_row(self) -> None:
        if self._session is not None:
            self.hands.new_row()
            self.row.focus_editor()

    def _undo(self) -> None:
        self.row.commit()
        self._turn(self.undo.index() - 1, self.undo.undo)

    def _redo(self) -> None:
        self.row.commit()
        self._turn(self.undo.index(), self.undo.redo)

    def _turn(self, step: int, act: Callable[[], object]) -> None:
        """Undo or redo a step."""
        command = self.undo.command(step)
        if isinstance(command, EditCommand):
            self.patience.when_ready(command.next, act)

    def _name_undo(self) -> None:
        if not isValid(self.undo):  # it tells of its own end
            return
        names = (self.undo.undoText(), self.undo.redoText())
        self.head.show_undo(*names, self.undo.canUndo(), self.undo.canRedo())
        self.rows.row_actions.name_steps(*names)

    # -- find and replace ------------------------------------------------------------------

    def replace(self) -> None:
        """Ctrl+H: what is being searched is taken over."""
        session = self._session
        if session is None or self.replacing is not None:
            return
        self.row.commit()
        dialog = self.replacing = ReplaceDialog(
            partial(self._look_replacing, session),
            session.row,
            operations=self._operations,
            theme=self._theme,
            memory=self._memory,
            parent=self.window(),
        )
        dialog.apply_asked.connect(partial(self._replaced, session))
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(lambda _: setattr(self, "replacing", None))
        several = self.rows.grid.n_chosen() > 1
        dialog.begin(
            self.head.search.text(), self.rows.find_bar.options, "selected" if several else "all"
        )
        dialog.open()

    async def _look_replacing(
        self, session: DatasetSession, query: Query, template: str, scope: Scope, at: Progress
    ) -> list[Replacement]:
        grid = self.rows.grid
        rows: Sequence[int] = range(len(session))
        if scope == "selected":
            rows = grid.chosen_rows()
        elif scope == "shown" and not grid.rows.is_whole:
            rows = [grid.rows.source_row(i) for i in range(grid.rows.rowCount())]
        background = self._current.background
        return await replacements(background, session.row, rows, query, template, at)

    def _replaced(self, session: DatasetSession, rows: tuple[tuple[int, bytes], ...]) -> None:
        if session is self._session:
            name = counted(len(rows), self.tr("replace in 1 row"), self.tr("replace in {n} rows"))
            self.push(name, SetRows(rows))

    # -- work in the background --------------------------------------------------------------

    def _check(self) -> None:
        session = self._session
        if session is not None:
            done = partial(self._check_done, is_first=not session.is_checked)
            self._operations.run(
                _checked(session), owner=self, done=lambda is_whole: done() if is_whole else None
            )

    def _turn_check(self) -> None:
        """Stop a check under way, or have a stopped one go on."""
        if self._session is not None and self._session.check_state is not None:
            self._session.stop_check()
        else:
            self._check()

    def _check_done(self, *, is_first: bool) -> None:
        self._session_changed()
        if is_first:
            self.viewing.follow_first_check()
        chosen = self.rows.grid.chosen()
        if self._session is not None and 0 <= chosen < len(self._session):
            self.row.show_findings(self._session.issues_of(chosen))

    def save(self) -> None:
        """Write the file; what is still being typed goes in."""
        self.row.commit()
        if self._session is not None:
            self._operations.run(self._session.save(), owner=self, done=lambda _: self._say_saved())

    def _switch(self, info: object) -> None:
        self.row.commit()
        if isinstance(info, DatasetInfo):
            self._operations.run(self._current.open(info), owner=self)


async def _checked(session: DatasetSession) -> bool:
    """Whether the check came to its end; a person may stop it."""
    try:
        await session.check()
    except TunedeskError as error:
        if error.code != "check_stopped":
            raise
        return False
    return True
