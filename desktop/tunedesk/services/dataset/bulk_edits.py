"""Edits of many rows are done to a double beside the window, which then only takes it over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from tunedesk.core.edits import (
    INDEX_BYTES,
    DeleteRows,
    Edit,
    InsertRows,
    NoteEdit,
    ReorderRows,
    RestoreRows,
    RowEdit,
    SetRows,
    SetSplitRule,
    SetSplits,
    SetTags,
)
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.edited_rows import EditedRows
from tunedesk.services.dataset.find_run import Progress, in_thread
from tunedesk.services.dataset.keeper import DatasetKeeper
from tunedesk.services.dataset.noted_edits import Noted
from tunedesk.services.work.background import Background
from tunedesk.store.live_rows import LiveRows

LARGE_ROWS = 50_000
"""In a dataset of more, every row's place or side takes longer than the window may wait."""

MANY_ROWS = 500
"""So many are edited while the window waits."""


class Check(Protocol):
    """Finds things out about the rows, unless it is held."""

    def hold(self) -> None: ...

    def let_go(self) -> None: ...


class _Done(NamedTuple):
    """What has become of a double, and of which rows it was one."""

    edit: Edit
    inverse: Edit
    journalled: RowEdit | None
    double: EditedRows
    rows: LiveRows
    n_edits: int


class Beforehand:
    """Used on the loop's thread. Edits in between make what was done void, not wrong."""

    def __init__(
        self, keeper: DatasetKeeper, rows: EditedRows, check: Check, background: Background
    ) -> None:
        self._keeper, self._rows, self._check = keeper, rows, check
        self._background = background
        self._done: _Done | None = None
        self._n_edits = 0
        self.lock = asyncio.Lock()
        """Held meanwhile, and by who saves: the one waits for the other."""

    @asynccontextmanager
    async def done(self, edit: Edit, progress: Progress | None = None) -> AsyncIterator[None]:
        """Within, the edit is quick: `take` has its outcome, unless another came in between.

        `progress(done, all)` is called on the loop's thread. Cancelled, everything is as before.
        Raises TunedeskError if rows cannot be read or edited.
        """
        async with self.lock:
            self._check.hold()
            try:
                await self._keeper.until_saved()  # by a save that nobody waits for any more
                self._done = await self._do(edit, progress)
                yield
            finally:
                self._done = None
                self._check.let_go()

    def take(self, edit: Edit) -> Edit | None:
        """Do the edit by what was done beforehand; returns what undoes it. None if that is not of
        this very edit, or not of the rows as they are."""
        done, self._done = self._done, None
        self._n_edits += 1
        if done is None or done.edit is not edit or done.n_edits != self._n_edits - 1:
            return None
        if done.journalled is not None:
            self._keeper.take_over(done.rows, done.journalled)
        self._rows.take_over(done.double)
        return done.inverse

    async def _do(self, edit: Edit, progress: Progress | None) -> _Done | None:
        n_edits = self._n_edits

        def work(tell: Progress) -> _Done:
            return self._double(edit, n_edits, tell)

        try:
            return await in_thread(self._background, work, progress)
        except TunedeskError:
            raise
        except Exception:
            if n_edits == self._n_edits:
                raise
        return None  # rows changed while they were copied

    def _double(self, edit: Edit, n_edits: int, tell: Progress) -> _Done:
        """In a thread."""
        tell(0, 1)
        rows = self._keeper.double(tell)
        double = self._rows.double(rows, self._rows.notes.double())
        plain = edit.plain if isinstance(edit, Noted) else edit
        journalled = None if isinstance(plain, NoteEdit) else rows.journalled(plain)
        tell(0, 1)
        inverse = double.apply(edit)
        double.facts.tally()
        double.notes.tags.counts()
        tell(1, 1)
        return _Done(edit, inverse, journalled, double, rows, n_edits)


def _notes_of(edit: SetSplits | SetTags) -> Sequence[object]:
    """What its rows get; nothing where it only asks for them to be known."""
    return edit.splits if isinstance(edit, SetSplits) else edit.tags


def is_large(edit: Edit, n_rows: int) -> bool:
    """Whether the window would wait for it, in a dataset of so many rows."""
    match edit:
        case SetRows() | InsertRows():
            return len(edit.rows) > MANY_ROWS or n_rows > LARGE_ROWS
        case SetSplits() | SetTags():
            return len(edit.indices) > 1 and n_rows > LARGE_ROWS and bool(_notes_of(edit))
        case RestoreRows():
            return n_rows + len(edit.indices) // INDEX_BYTES > LARGE_ROWS
        case DeleteRows() | ReorderRows() | SetSplitRule():
            return n_rows > LARGE_ROWS
    return False
