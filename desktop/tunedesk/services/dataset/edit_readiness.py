"""What takes long of an edit, done beforehand and beside the window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from tunedesk.core import many
from tunedesk.core.edits import Edit, NoteEdit, SetSplitRule
from tunedesk.services.dataset.bulk_edits import Beforehand, is_large
from tunedesk.services.dataset.edited_rows import MOST_AT_ONCE, rows_named
from tunedesk.services.dataset.find_run import in_thread
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.seed_draws import drawn_by
from tunedesk.services.work.background import Background

_QUICK_ROWS = 20_000
_LOOK_S = 0.05

Progress = Callable[[int, int], None]
Check = Callable[[Progress | None], Coroutine[Any, Any, None]]


class Readiness:
    """Rows that get notes must have been looked at; another seed is drawn with for every row; an
    edit of many rows is done beforehand."""

    def __init__(
        self, facts: RowFacts, check: Check, background: Background, beforehand: Beforehand
    ) -> None:
        self._facts, self._check, self._background = facts, check, background
        self._beforehand = beforehand

    def is_wanted(self, edit: Edit) -> bool:
        """Whether the window would wait for `apply`: `reached` is to be entered before."""
        return self.is_to_reach(edit) or is_large(edit, len(self._facts))

    @asynccontextmanager
    async def reached(self, edit: Edit, progress: Progress | None = None) -> AsyncIterator[None]:
        """As `reach`; within, `apply` is quick, unless another edit has come in between."""
        if self.is_to_reach(edit):
            await self.reach(edit, progress)
        if is_large(edit, len(self._facts)):
            async with self._beforehand.done(edit, progress):
                yield
        else:
            yield

    def is_to_reach(self, edit: Edit) -> bool:
        """Whether something must be found out first."""
        if len(self._facts) <= _QUICK_ROWS:
            return False
        if isinstance(edit, SetSplitRule):
            return not self._facts.is_drawn(edit.seed)
        return isinstance(edit, NoteEdit) and self._has_many_unknown(edit)

    async def reach(self, edit: Edit, progress: Progress | None = None) -> None:
        """Afterwards all is known that the edit needs. Others may come in between.

        `progress(rows done, rows in all)` is called on the loop's thread. Raises TunedeskError if
        the rows cannot be read or checked.
        """
        if isinstance(edit, SetSplitRule):
            seed, keys = edit.seed, self._facts.keys[:]
            drawn = await in_thread(
                self._background, lambda tell: drawn_by(keys, seed, tell), progress
            )
            self._facts.put_drawn(seed, keys, drawn)
        elif isinstance(edit, NoteEdit):
            await self._until_known(edit, progress)

    async def _until_known(self, edit: NoteEdit, progress: Progress | None) -> None:
        checking = asyncio.ensure_future(self._check(progress))
        try:
            while not checking.done() and self._has_many_unknown(edit):
                await asyncio.wait([checking], timeout=_LOOK_S)
            if checking.done():
                checking.result()
        finally:
            checking.cancel()  # of the waiting: the check itself goes on

    def _has_many_unknown(self, edit: NoteEdit) -> bool:
        rows = rows_named(edit)
        if many.span(rows)[1] >= len(self._facts):
            return False  # fewer rows than when it was asked for: `apply` refuses it
        return len(self._facts.pending_of(rows)) > MOST_AT_ONCE
