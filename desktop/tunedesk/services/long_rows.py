"""Rows that are longer than the model they are for reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.length import Target, over_long_rows
from tunedesk.core.validation.rows import check_length
from tunedesk.services.background import Background
from tunedesk.services.issue_table import IssueTable
from tunedesk.services.later_marks import LaterMarks
from tunedesk.services.row_facts import RowFacts
from tunedesk.services.row_marks import ERROR, WARNING

MOST_EXAMINED = 5_000
"""Rows whose cut is told exactly; further ones that are too long are marked and not listed."""

_LAYER = "long"


class LengthTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A model that rows can be for: its id, its name for people, and what it reads of a row."""

    model: str
    label: str
    limit_tokens: int


class LongRows:
    """Follows the counted tokens: nothing is counted here but the rows that are too long."""

    def __init__(
        self,
        facts: RowFacts,
        issues: IssueTable,
        marks: LaterMarks,
        background: Background,
        row: Callable[[int], bytes],
    ) -> None:
        self.target: LengthTarget | None = None
        self._facts, self._issues, self._marks = facts, issues, marks
        self._background, self._row = background, row

    async def look(self, counter: TokenCounter | None, is_outdated: Callable[[], bool]) -> bool:
        """Find all anew. False if `is_outdated` says that rows have changed meanwhile."""
        target = self.target
        long = self._candidates(target)
        if target is None or counter is None or not long:
            self._put([], ())
            return True
        raws = [(row, self._row(row)) for row in long[:MOST_EXAMINED]]
        meant = Target(target.label, target.limit_tokens, counter)
        found = await self._background.run(_examined, raws, meant)
        if is_outdated():
            return False
        self._put(found, long[MOST_EXAMINED:])
        return True

    def _candidates(self, target: LengthTarget | None) -> list[int]:
        """A pair counts more here than either of its readings, so none is missed."""
        if target is None:
            return []
        return over_long_rows(self._facts.tokens, target.limit_tokens)

    def _put(self, issues: Sequence[Issue], unlisted: Sequence[int]) -> None:
        self._issues.put_long(issues)
        marks = dict.fromkeys(unlisted, WARNING)
        for issue in issues:
            marks[issue.row - 1] = ERROR if issue.severity is Severity.ERROR else WARNING
        self._marks.put(_LAYER, marks)


def _examined(raws: Sequence[tuple[int, bytes]], target: Target) -> list[Issue]:
    return [issue for row, raw in raws for issue in check_length(raw, row + 1, target)]
