"""What is known of rows that are too much alike, kept in step with edits and with the split."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, islice, repeat
from operator import and_, or_, rshift
from pathlib import Path

from tunedesk.core.orders import NEW
from tunedesk.core.validation.kinship import leak_issues, leaks
from tunedesk.services.check_protocol import Alike, Alikes, Sketch, Sketched, Wanted
from tunedesk.services.issue_table import IssueTable
from tunedesk.services.later_marks import LaterMarks
from tunedesk.services.row_facts import RowFacts
from tunedesk.services.row_marks import WARNING
from tunedesk.services.splitter import TEST, TRAIN

MOST_LISTED = 2_000
"""Findings of a kind that are listed; every row's own status is exact."""

_UNKNOWN = _NO_GROUP = -1
_LEAKS = "leaks"
_FEW_KIN = 5_000  # looked at within a few milliseconds
_MARK_BITS = 16
_MOST_TEXTS = 5_000
_SAMPLED_AGAIN_ROWS = 2_000  # larger files keep what was common to their rows at first


class AlikeRows:
    """8 bytes a row here, and 80 in a file, the spool, which lives as long as the session.

    A cell holds the number of the row's record in the spool, and the mark of its system prompt.
    Groups are of rows that are kin; what is between train and test is found anew from them at
    each change of the split, without a look at any row.
    """

    def __init__(self, facts: RowFacts, issues: IssueTable, marks: LaterMarks) -> None:
        self._facts, self._issues, self._marks = facts, issues, marks
        self._cells = array("q", [_UNKNOWN]) * len(facts)
        self._common: bytes | None = None
        self._texts: dict[str, int] = {}
        self._spool: Path | None = None
        self._n_records = 0
        self._groups: array[int] = array("i")  # empty where no row has any kin
        self._n_kin = 0

    # ---- looking -------------------------------------------------------------------------------

    def wants_sample(self, n_rows: int) -> bool:
        """Whether it must be asked what is common to most rows: at first, and in small files."""
        return self._common is None or n_rows <= _SAMPLED_AGAIN_ROWS

    def set_common(self, common: bytes) -> None:
        """What most rows share; if it is something else than before, all are looked at anew."""
        if common != self._common:
            self._cells = array("q", [_UNKNOWN]) * len(self._cells)
        self._common = common

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
        return Sketch(wanted, self._common or b"", str(self._open_spool()), first)

    def put_sketched(self, first: int, found: Sketched) -> None:
        """Of consecutive rows."""
        marks = self._known_marks(array("H", found.marks), found.texts)
        begin, n_rows = found.first_record, len(marks)
        records = range(begin << _MARK_BITS, (begin + n_rows) << _MARK_BITS, 1 << _MARK_BITS)
        self._cells[first : first + n_rows] = array("q", map(or_, records, marks))

    def whole(self, wanted: Wanted, repeats: bytes, most_issues: int) -> Callable[[], Alike]:
        """Asks for all rows, looked at by now, to be compared; to be called in a thread."""
        common, spool, texts = self._common or b"", str(self._open_spool()), list(self._texts)
        cells, mask = self._cells[:], (1 << _MARK_BITS) - 1

        def make() -> Alike:
            return Alike(
                rows=wanted,
                common=common,
                spool=spool,
                records=array("i", map(rshift, cells, repeat(_MARK_BITS))).tobytes(),
                marks=array("H", map(and_, cells, repeat(mask))).tobytes(),
                texts=texts,
                repeats=repeats,
                most_issues=most_issues,
            )

        return make

    def put_found(self, found: Alikes) -> None:
        """In place of what was found before; leaks are to be looked for after it."""
        members, groups = array("i", found.members), array("i", found.groups)
        self._n_kin = len(members)
        self._groups = array("i", [_NO_GROUP]) * (len(self._cells) if members else 0)
        for row, group in zip(members, groups, strict=True):
            self._groups[row] = group
        self._marks.put("alike", dict.fromkeys(array("i", found.warned), WARNING))
        self._issues.put_alike(found.issues)

    # ---- the split -----------------------------------------------------------------------------

    @property
    def may_leak(self) -> bool:
        """Whether the split must be looked at: some row has kin, or had."""
        return self._n_kin > 0 or _LEAKS in self._marks

    @property
    def has_many(self) -> bool:
        """Whether looking for leaks takes longer than a window may wait."""
        return self._n_kin > _FEW_KIN

    def leaks_now(self) -> Callable[[], dict[int, int]]:
        """Finds what stands on both sides of the split as it is now; to be called anywhere."""
        sides, groups = bytes(self._facts.sides), self._groups[:]

        def find() -> dict[int, int]:
            has_kin = map(_NO_GROUP.__ne__, groups)
            kin = dict(compress(enumerate(groups), has_kin))
            return leaks(sides, kin, TRAIN, TEST)

        return find

    def put_leaks(self, found: dict[int, int]) -> None:
        """Row in test → the first row in train that is its kin; all there are."""
        self._issues.put_leaks(islice(leak_issues(found), MOST_LISTED))
        self._marks.put(_LEAKS, dict.fromkeys(found, WARNING))

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
        assert NEW == -1
        self._cells.append(_UNKNOWN)  # NEW picks it
        self._cells = array("q", map(self._cells.__getitem__, order))
        if self._groups:
            self._groups.append(_NO_GROUP)
            self._groups = array("i", map(self._groups.__getitem__, order))

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now."""
        for row in rows:
            self._cells[row] = _UNKNOWN
            if self._groups:
                self._groups[row] = _NO_GROUP

    # ---- inner ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Delete the spool."""
        if self._spool is not None:
            self._spool.unlink(missing_ok=True)

    def _open_spool(self) -> Path:
        if self._spool is None:
            descriptor, name = tempfile.mkstemp(prefix="tunedesk-alike-")
            os.close(descriptor)
            self._spool = Path(name)
        return self._spool

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
