"""What takes long of an edit, done beforehand and beside the window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from tunedesk.core import many
from tunedesk.core.edits import Edit, NoteEdit, SetSplit, SetSplitRule, SetSplits, SetTags
from tunedesk.services.background import Background
from tunedesk.services.find_run import in_thread
from tunedesk.services.row_facts import RowFacts
from tunedesk.services.seed_draws import drawn_by

MOST_AT_ONCE = 200
"""Rows that are looked at while the person waits: 50 ms or less."""

_QUICK_ROWS = 20_000
_LOOK_S = 0.05

Progress = Callable[[int, int], None]
Check = Callable[[Progress | None], Coroutine[Any, Any, None]]


class Readiness:
    """Rows that get notes must have been looked at; another seed is drawn with for every row."""

    def __init__(self, facts: RowFacts, check: Check, background: Background) -> None:
        self._facts, self._check, self._background = facts, check, background

    def is_wanted(self, edit: Edit) -> bool:
        """Whether the window would wait for `apply`: `reach` is to be awaited before."""
        if len(self._facts) <= _QUICK_ROWS:
            return False
        if isinstance(edit, SetSplitRule):
            return not self._facts.is_drawn(edit.seed)
        return isinstance(edit, NoteEdit) and self._has_many_unknown(edit)

    async def reach(self, edit: Edit, progress: Progress | None = None) -> None:
        """Afterwards the edit is quick. Others may come in between.

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


def rows_named(edit: NoteEdit) -> Sequence[int]:
    """The rows that get notes; none where all do."""
    match edit:
        case SetSplit():
            return (edit.index,)
        case SetSplits() | SetTags():
            return edit.indices
    return ()
