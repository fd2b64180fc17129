"""Rows that are longer than the model they are for reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tunedesk.core.issues import Issue
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.length import Cut, cut_finding
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.row_cuts import LengthTarget, RowCuts
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import ERROR, WARNING
from tunedesk.services.work.background import Background

LONG = "long"
"""Their layer of marks."""


class LongRows:
    """The findings and marks of rows that the dataset's model cuts."""

    def __init__(
        self,
        facts: RowFacts,
        issues: IssueTable,
        marks: LaterMarks,
        background: Background,
        cuts: RowCuts,
    ) -> None:
        self.target: LengthTarget | None = None
        """The model that the rows are for."""
        self._facts, self._issues, self._marks = facts, issues, marks
        self._background, self._cuts = background, cuts

    async def look(
        self,
        counter: TokenCounter | None,
        is_outdated: Callable[[], bool],
        say: Callable[[int], object] = lambda _: None,
    ) -> bool:
        """Find all anew. False if `is_outdated` says that rows have changed meanwhile. `say` is
        told how many rows are left to be examined."""
        target = self.target
        if target is None or counter is None:
            self._put([], b"")
            return True
        found = await self._cuts.find(target, counter, is_outdated, say)
        if found is None:
            return False
        tokens = self._facts.tokens[:]
        marks = await self._background.run(
            _marks_of, tokens, found.unlisted, target.limit_tokens, found.of_row
        )
        if is_outdated():
            return False
        self._put([_issue(row, cut, target) for row, cut in found.of_row.items()], marks)
        return True

    def _put(self, issues: Sequence[Issue], marks: bytes) -> None:
        self._issues.put_long(issues)
        self._marks.put(LONG, marks)


def _issue(row: int, cut: Cut, target: LengthTarget) -> Issue:
    return cut_finding(cut, target.label, target.limit_tokens).at_row(row + 1)


def _marks_of(
    tokens: Sequence[int], unlisted: Sequence[int], limit_tokens: int, cuts: Mapping[int, Cut]
) -> bytes:
    """A mark for each row; empty if there are none."""
    marks = bytearray(len(tokens))
    for row in unlisted:
        marks[row] = WARNING if tokens[row] > limit_tokens else 0
    for row, cut in cuts.items():
        marks[row] = ERROR if cut.is_whole else WARNING
    return bytes(marks) if any(marks) else b""
