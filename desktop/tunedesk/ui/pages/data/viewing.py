"""Keeps the grid in step with chips, search and sorting, without stopping the window."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from tunedesk.core.edits import Edit, SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.finding import QueryError, compiled
from tunedesk.services.dataset.row_view import RowViews, View, ViewWish
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.work.background import Background
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.columns import SORTED_BY, SORTED_BY_MARKS, Column
from tunedesk.ui.pages.data.grid_position import GridPosition, go_to, position_of
from tunedesk.ui.pages.data.rows_panel import RowsPanel
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.words import counted

_TYPING_MS = 180
_EDITING_MS = 400


class Viewing(QObject):
    """Works out what the grid shows; a newer wish ends an older one that is still under way."""

    def __init__(
        self, search: QLineEdit, rows: RowsPanel, operations: Operations, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._search, self._rows, self._operations = search, rows, operations
        self._views: RowViews | None = None
        self._task: asyncio.Task[View] | None = None
        self._has_part = False  # what is shown is of a search that goes on
        self._going_to: GridPosition | None = None
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.timeout.connect(self.refresh)
        self._wire(parent)

    def _wire(self, page: QWidget) -> None:
        find = self._rows.find_bar
        self._search.textChanged.connect(self._typed)
        self._rows.filter_changed.connect(lambda _chip: self.refresh())
        self._rows.grid.columns.sort_asked.connect(lambda *_: self.refresh())
        self._rows.grid.row_chosen.connect(lambda _row: self._say_place())
        find.changed.connect(self.refresh)
        find.step.connect(self.step)
        find.cancelled.connect(self._cancel)
        find.closed.connect(self.end)
        named_key(page, "F3", page.tr("Next row found"), lambda: self.step(1))
        named_key(page, "Shift+F3", page.tr("Row found before"), lambda: self.step(-1))
        for place in (self._search, find):
            named_key(place, "Escape", page.tr("End the search"), self.end, only_inside=True)

    def set_session(self, session: DatasetSession | None, background: Background) -> None:
        """Another dataset is shown, from its beginning and whole."""
        self._stop()
        self._going_to = None
        self._views = RowViews(session, background) if session is not None else None
        self._search.blockSignals(True)
        self._search.clear()
        self._search.blockSignals(False)
        self._rows.find_bar.hide()
        self._rows.show_all()
        self._rows.grid.delegate.highlight(None)
        self._set_sorting(None, False)

    def restore(self, position: GridPosition, column: Column | None, is_descending: bool) -> None:
        """Show the rows as they were left, as soon as they are sorted."""
        self._set_sorting(column, is_descending)
        if column is not None:
            go_to(self._rows.grid, position)
        self._going_to = position
        self.refresh()

    def follow_first_check(self) -> None:
        """What sorts may be known only now; everything else stays as it is."""
        if self._rows.grid.columns.sorting[0] in SORTED_BY_MARKS:
            self._going_to = self._going_to or position_of(self._rows.grid)
            self.refresh()

    @property
    def is_on_the_way(self) -> bool:
        """Whether the rows are not yet shown as they were left."""
        return self._going_to is not None

    def _set_sorting(self, column: Column | None, is_descending: bool) -> None:
        columns = self._rows.grid.columns
        columns.blockSignals(True)
        columns.sort(column, is_descending)
        columns.blockSignals(False)

    @property
    def wish(self) -> ViewWish:
        """What chips, search box and header say."""
        column, is_descending = self._rows.grid.columns.sorting
        return ViewWish(
            chip=self._rows.chip,
            query=self._rows.find_bar.options.query(self._search.text()),
            sort=SORTED_BY[column] if column is not None else None,
            is_descending=is_descending,
        )

    def begin(self) -> None:
        """Ctrl+F: to the search box, with the ways of searching in sight."""
        self._rows.find_bar.show()
        self._search.setFocus()
        self._search.selectAll()

    def end(self) -> None:
        """All rows again."""
        self._search.clear()
        self._rows.find_bar.hide()
        self._rows.grid.setFocus()

    def show_everything(self) -> None:
        """Take away what hides rows: chip and search, not the sorting."""
        self._search.clear()
        self._waiting.stop()
        self._rows.show_all()
        self._stop()
        if self._rows.grid.columns.sorting[0] is None:
            self._show(View(None))
        else:
            self.refresh()

    def edited(self, edit: Edit) -> None:
        """A chip follows edits after a moment; what is typed in a found row hides it not."""
        chip = self._rows.chip
        is_typing = isinstance(edit, SetRow) and chip != "problems"
        if chip != "all" and not is_typing:
            self._waiting.start(_EDITING_MS)

    def refresh(self) -> None:
        """Work the view out again."""
        self._waiting.stop()
        self._stop()
        wish, views = self.wish, self._views
        self._rows.find_bar.setVisible(wish.query is not None or self._rows.find_bar.isVisible())
        if views is None or self._is_wrong(wish):
            return
        self._rows.grid.delegate.highlight(wish.query)
        if wish.is_plain:
            self._show(View(None))
            return
        self._rows.find_bar.show_busy(wish.query is not None)
        work = views.view(wish, self._rows.find_bar.show_progress, self._show_part)
        self._task = self._operations.run(work, owner=self, done=self._show, failed=self._failed)

    def step(self, direction: int) -> None:
        """To the next (1) or previous (-1) row found, around the end."""
        grid = self._rows.grid
        n_rows = grid.rows.rowCount()
        if n_rows:
            now = grid.rows.shown_row(grid.chosen())
            at = 0 if now is None else (now + direction) % n_rows
            grid.choose(grid.rows.source_row(at))

    def _typed(self, text: str) -> None:
        self._waiting.start(_TYPING_MS if text else 0)

    def _is_wrong(self, wish: ViewWish) -> bool:
        try:
            if wish.query is not None:
                compiled(wish.query)
        except QueryError as error:
            words = self.tr("The expression cannot be used: {why}")
            self._rows.find_bar.say(words.format(why=error), is_error=True)
            self._mark(True)
            return True
        self._mark(False)
        return False

    def _mark(self, is_wrong: bool) -> None:
        look = "invalid" if is_wrong else ""
        if self._search.property("look") != look:
            self._search.setProperty("look", look)
            self._search.style().unpolish(self._search)
            self._search.style().polish(self._search)

    def _show_part(self, view: View) -> None:
        """What a long search has found so far."""
        if not view.rows or self._task is None or self._task.done():
            return
        self._put(view)
        self._has_part = True
        said = counted(
            len(view.rows), self.tr("1 row found so far"), self.tr("{n} rows found so far")
        )
        self._rows.find_bar.say(said)

    def _show(self, view: View) -> None:
        self._rows.find_bar.show_busy(False)
        self._put(view)
        self._has_part = False
        self._say_place()

    def _put(self, view: View) -> None:
        grid = self._rows.grid
        if self._has_part and grid.rows.extend_view(view):
            return
        position, self._going_to = self._going_to, None
        chosen = GridPosition(row=grid.chosen())
        grid.rows.show_view(view)
        go_to(grid, position or chosen)

    def _say_place(self) -> None:
        if self._rows.find_bar.isHidden():
            return
        grid = self._rows.grid
        n_rows, n_all = grid.rows.rowCount(), grid.rows.n_in_dataset
        now = grid.rows.shown_row(grid.chosen())
        if not self._search.text():
            self._rows.find_bar.say("")
        elif not n_rows:
            self._rows.find_bar.say(self.tr("Nothing found"))
        else:
            words = self.tr("{n} of {all} rows found · at {i}")
            place = 1 if now is None else now + 1
            said = words.format(n=f"{n_rows:,}", all=f"{n_all:,}", i=f"{place:,}")
            self._rows.find_bar.say(said)

    def _failed(self, error: TunedeskError) -> None:
        self._going_to = None
        self._rows.find_bar.show_busy(False)
        self._rows.find_bar.show()
        self._rows.find_bar.say(f"{error.title} {error.what} {error.next_step}", is_error=True)

    def _cancel(self) -> None:
        words = self.tr("Stopped; the rows are as before.")
        if self._has_part:
            words = self.tr("Stopped; rows found until then: {n}.")
        self._stop()
        self._rows.find_bar.say(words.format(n=f"{self._rows.grid.rows.rowCount():,}"))

    def _stop(self) -> None:
        self._has_part = False
        self._rows.find_bar.show_busy(False)
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._task = None


__all__ = ["Column", "Viewing"]
