"""What of a dataset can be sent, whichever model is to learn it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tunedesk.core.tokens import TokenCounter
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.long_rows import LONG
from tunedesk.services.check.row_cuts import Cuts, LengthTarget, RowCuts
from tunedesk.services.dataset.row_facts import RowFacts, Sendable
from tunedesk.services.dataset.session_figures import Side


class SendableRows:
    """`n_left` rows may still be too long for the model that is asked about, None while none is;
    `changed()` is called whenever it is another number."""

    def __init__(
        self,
        facts: RowFacts,
        marks: LaterMarks,
        cuts: RowCuts,
        counter: Callable[[], TokenCounter | None],
        changed: Callable[[], object],
    ) -> None:
        self.n_left: int | None = None
        self._facts, self._marks, self._cuts = facts, marks, cuts
        self._counter, self._changed = counter, changed
        self._n_edits = 0
        self._cut_by: dict[LengthTarget, tuple[int, Cuts]] = {}  # with the edits before
        self._sums: dict[tuple[Side, LengthTarget | None], Sendable] = {}

    def forget(self) -> None:
        """More is known of the rows."""
        self._sums.clear()

    def outdate(self) -> None:
        """The rows have changed."""
        self._n_edits += 1
        self._sums.clear()

    def of(self, side: Side, reader: LengthTarget | None) -> Sendable:
        """Rows of a side without errors, whatever model they are for, but for those of which
        `reader` is taught nothing. Complete after the check, and `know`."""
        asked = side, reader
        if asked not in self._sums:
            n_edits, cuts = self._cut_by.get(reader, (-1, None)) if reader else (-1, None)
            of_row = cuts.of_row if cuts and n_edits == self._n_edits else {}
            status = self._marks.status_without(LONG)
            self._sums[asked] = self._facts.sendable(side, status, of_row)
        return self._sums[asked]

    async def know(self, reader: LengthTarget | None) -> None:
        """Find out which rows this model cuts, as they are now. After the tokens are counted."""
        counter = self._counter()
        if reader is None or counter is None:
            return
        try:
            while self._cut_by.get(reader, (-1,))[0] != (n_edits := self._n_edits):
                is_outdated = partial(self._is_outdated, n_edits)
                found = await self._cuts.find(reader, counter, is_outdated, self._say_left)
                if found is not None:
                    self._cut_by[reader] = n_edits, found
                    self._sums.clear()
        finally:
            self.n_left = None

    def _is_outdated(self, n_edits: int) -> bool:
        return n_edits != self._n_edits

    def _say_left(self, n_left: int) -> None:
        self.n_left = n_left
        self._changed()
