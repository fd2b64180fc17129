"""What is known of rows that are too much alike, kept in step with edits and with the split."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import or_
from pathlib import Path
from typing import NamedTuple

from tunedesk.core import many
from tunedesk.core.issues import Issue
from tunedesk.core.validation.kinship import leak_issues
from tunedesk.core.validation.system_prompts import SystemPrompts
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import (
    NEAR,
    NEAR_AND_SPACED,
    SPACED,
    LaterMarks,
)
from tunedesk.services.check.protocol import Alike, Alikes, Sketch, Sketched, Wanted
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import WARNING
from tunedesk.services.dataset.splitter import TEST, TRAIN
from tunedesk.store.scratch import Scratch

MOST_LISTED = 2_000
"""Findings of a kind that are listed; every row's own status is exact."""

_UNKNOWN = _NO_GROUP = -1
_LEAKS, _ALIKE = "leaks", "alike"
_FEW_KIN = 5_000  # looked at within a few milliseconds
_MARK_BITS = 16
_MOST_TEXTS = 5_000
_SAMPLED_AGAIN_ROWS = 2_000  # larger files keep what was common to their rows at first
_SPARE_RECORDS = 100_000  # and three times as many as there are rows, before they are made anew
_OF_MARKS = bytes([0, NEAR, SPACED, NEAR_AND_SPACED]) + bytes(252)


class Leaking(NamedTuple):
    """Marks of all rows that leak, nothing if none does, and the findings that are listed."""

    marks: bytes
    issues: list[Issue]


class AlikeRows:
    """8 bytes a row here, and 184 in a file, the spool, which lives as long as the session.

    A cell holds the number of the row's record in the spool, and the mark of its system prompt.
    Groups are of rows that are kin; what is between train and test is found anew from them at
    each change of the split, without a look at any row.
    """

    CHANGES = ("_cells", "_groups")

    def __init__(
        self, facts: RowFacts, issues: IssueTable, marks: LaterMarks, scratch: Scratch
    ) -> None:
        self._facts, self._issues, self._marks = facts, issues, marks
        self._scratch = scratch
        self._cells = array("q", [_UNKNOWN]) * len(facts)
        self._common: bytes | None = None
        self._texts: dict[str, int] = {}
        self._n_records, self._n_spools = 0, 0
        self._groups: array[int] = array("i")  # empty where no row has any kin
        self._n_kin = 0

    # ---- looking -------------------------------------------------------------------------------

    def wants_sample(self, n_rows: int) -> bool:
        """Whether it must be asked what is common to most rows: at first, and in small files."""
        return self._common is None or n_rows <= _SAMPLED_AGAIN_ROWS

    def set_common(self, common: bytes) -> None:
        """What most rows share; if it is something else than before, all are looked at anew."""
        if common != self._common:
            self._begin_anew()
        self._common = common

    def make_room(self) -> None:
        """Begin the spool anew where most of it is of rows that are gone."""
        if self._n_records > 4 * len(self._cells) + _SPARE_RECORDS:
            self._begin_anew()

    def next_unknown(self, start: int) -> int:
        """The first row from `start` on that nobody looked at; -1 if there is none."""
        try:
            return self._cells.index(_UNKNOWN, start)
        except ValueError:
            return -1

    def question(self, wanted: Wanted) -> Sketch:
        """Asks for rows to be looked at; their records get the next free numbers."""
        first = self._n_records
        self._n_records += len(wanted)
        return Sketch(wanted, self.common, str(self._spool()), first)

    @property
    def common(self) -> bytes:
        """What most rows share, as it goes into questions."""
        return self._common or b""

    def put_sketched(self, first: int, found: Sketched) -> None:
        """Of consecutive rows."""
        marks = self._known_marks(array("H", found.marks), found.texts)
        begin, n_rows = found.first_record, len(marks)
        records = range(begin << _MARK_BITS, (begin + n_rows) << _MARK_BITS, 1 << _MARK_BITS)
        self._cells[first : first + n_rows] = array("q", map(or_, records, marks))

    def whole(self, repeats: bytes, most_issues: int) -> Callable[[], Alike]:
        """Asks for all rows, looked at by now, to be compared; to be called in a thread."""
        spool, texts, cells = self._spool(), list(self._texts), self._cells[:]

        def make() -> Alike:
            import numpy as np  # 0.1 s that the window's first paint need not pay

            numbers = np.frombuffer(cells, np.int64)
            return Alike(
                spool=str(spool),
                found=str(spool.with_suffix(".found")),
                records=(numbers >> _MARK_BITS).astype(np.int32).tobytes(),
                marks=numbers.astype(np.uint16).tobytes(),
                texts=texts,
                repeats=repeats,
                most_issues=most_issues,
            )

        return make

    def put_found(self, found: Alikes) -> None:
        """In place of what was found before; leaks are to be looked for after it."""
        self._n_kin, self._groups = found.n_kin, array("i", found.groups)
        self._marks.put(_ALIKE, found.marks.translate(_OF_MARKS))
        self._issues.put_alike(found.issues)

    # ---- all of a kind -------------------------------------------------------------------------

    def near_duplicates(self) -> array[int]:
        """Rows that say nearly the same as an earlier one, as of the last search."""
        return self._marks.rows(_ALIKE, NEAR, NEAR_AND_SPACED)

    def spaced_system_prompts(self) -> array[int]:
        """Rows whose system prompt differs a little from that of others, as of the last search."""
        return self._marks.rows(_ALIKE, SPACED, NEAR_AND_SPACED)

    def leaking_rows(self) -> array[int]:
        """Rows in test whose kin is in train, as of the last look."""
        return self._marks.rows(_LEAKS, WARNING)

    def system_prompt_issues(self) -> Callable[[], Iterator[Issue]]:
        """Makes all findings about system prompts, one by one; to be called in a thread."""
        texts, cells = list(self._texts), self._cells[:]

        def make() -> Iterator[Issue]:
            import numpy as np

            marks = np.frombuffer(cells, np.int64).astype(np.uint16)
            return SystemPrompts.of_marks(marks.tolist(), texts).issues()

        return make

    # ---- the split -----------------------------------------------------------------------------

    @property
    def may_leak(self) -> bool:
        """Whether the split must be looked at: some row has kin, or had."""
        return self._n_kin > 0 or _LEAKS in self._marks

    @property
    def has_many(self) -> bool:
        """Whether looking for leaks takes longer than a window may wait."""
        return self._n_kin > _FEW_KIN

    @property
    def n_leaks(self) -> int:
        """Rows in test whose kin is in train, as of the last look."""
        return self._marks.count(_LEAKS)

    def leaks_now(self) -> Callable[[], Leaking]:
        """Finds what stands on both sides of the split as it is now; to be called anywhere, at
        first in a thread."""
        sides, groups = bytes(self._facts.sides), self._groups[:]

        def find() -> Leaking:
            return _leaking(sides, groups)

        return find

    def put_leaks(self, found: Leaking) -> None:
        """All there are."""
        self._issues.put_leaks(found.issues)
        self._marks.put(_LEAKS, found.marks)

    # ---- rows come, go and move ----------------------------------------------------------------

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        self._cells.insert(index, _UNKNOWN)
        if self._groups:
            self._groups.insert(index, _NO_GROUP)

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        del self._cells[index]
        if self._groups:
            del self._groups[index]

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for column in (self._cells, self._groups) if self._groups else (self._cells,):
            block = column[first : first + count]
            del column[first : first + count]
            column[to:to] = block

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known."""
        self._cells = many.taken(self._cells, order, _UNKNOWN)
        if self._groups:
            self._groups = many.taken(self._groups, order, _NO_GROUP)

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now."""
        for row in rows:
            self._cells[row] = _UNKNOWN
            if self._groups:
                self._groups[row] = _NO_GROUP

    # ---- inner ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Delete the spool."""
        self._scratch.close()

    def _begin_anew(self) -> None:
        self._cells = array("q", [_UNKNOWN]) * len(self._cells)
        self._n_records = 0
        self._scratch.drop(name := self._spool_name, f"{name}.found")
        self._n_spools += 1

    def _spool(self) -> Path:
        return self._scratch.file(self._spool_name)

    @property
    def _spool_name(self) -> str:
        return f"alike-{self._n_spools}"

    def _known_marks(self, marks: array[int], texts: Sequence[str]) -> array[int]:
        """The marks, counted in all texts of the file instead of these."""
        known = self._texts
        for text in texts:
            if len(known) < _MOST_TEXTS:
                known.setdefault(text, len(known))
        if texts == list(islice(known, len(texts))):
            return marks
        place = {0: 0}
        for number, text in enumerate(texts):
            for in_pair in (0, 1):
                to = known.get(text)
                place[1 + 2 * number + in_pair] = 0 if to is None else 1 + 2 * to + in_pair
        return array("H", map(place.__getitem__, marks))


def _leaking(sides: bytes, groups: array[int]) -> Leaking:
    if not groups:
        return Leaking(b"", [])
    import numpy as np

    from tunedesk.core.alike.kin import leaks

    found = leaks(np.frombuffer(sides, np.uint8), np.frombuffer(groups, np.int32), TRAIN, TEST)
    if not len(found.rows):
        return Leaking(b"", [])
    marks = np.zeros(len(sides), np.uint8)
    marks[found.rows] = WARNING
    listed = (column[:MOST_LISTED].tolist() for column in found)
    return Leaking(marks.tobytes(), list(leak_issues(zip(*listed, strict=True))))
