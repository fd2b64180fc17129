"""Rows that are longer than the model they are for reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.length import Target, may_be_over, over_long_rows
from tunedesk.core.validation.rows import check_length
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import ERROR, WARNING
from tunedesk.services.work.background import Background

MOST_EXAMINED = 5_000
"""Rows whose cut is told exactly; further ones that are too long are marked and not listed."""

LONG = "long"
"""Their layer of marks."""

_MOST_MORE = 6  # times as many tokens a row may have in a small model's vocabulary (seen: 5, Thai)
_AT_ONCE, _AT_ONCE_TOKENS = 200, 200_000  # read before the window gets its turn
_MOST_KNOWN = 100_000


class LengthTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A model that rows can be for: its id, its name for people, and what it reads of a row.

    `tokenizer` is the file it counts by, where that is here.
    """

    model: str
    label: str
    limit_tokens: int
    tokenizer: Path | None = None


class LongRows:
    """Follows the counted tokens: nothing is counted here but the rows that may be too long."""

    def __init__(
        self,
        facts: RowFacts,
        issues: IssueTable,
        marks: LaterMarks,
        background: Background,
        row: Callable[[int], bytes],
    ) -> None:
        self._target: LengthTarget | None = None
        self._facts, self._issues, self._marks = facts, issues, marks
        self._background, self._row = background, row
        self._own: TokenCounter | None = None  # the target's own, once it was asked for
        self._fitting: set[bytes] = set()
        self._longest = 0

    def longest_over(self, limit_tokens: int) -> int:
        """Tokens of the longest row listed, if the rows are for a model of this limit; else 0."""
        is_meant = self._target is not None and self._target.limit_tokens == limit_tokens
        return self._longest if is_meant else 0

    @property
    def target(self) -> LengthTarget | None:
        """The model that the rows are for."""
        return self._target

    @target.setter
    def target(self, target: LengthTarget | None) -> None:
        self._target, self._own = target, None
        self._fitting.clear()

    async def look(
        self,
        counter: TokenCounter | None,
        is_outdated: Callable[[], bool],
        say: Callable[[int], object] = lambda _: None,
    ) -> bool:
        """Find all anew. False if `is_outdated` says that rows have changed meanwhile. `say` is
        told how many rows are left to be examined."""
        target = self._target
        if target is None or counter is None:
            self._put([], b"")
            return True
        own = await self._counter_of(target)
        most = target.limit_tokens if own is None else target.limit_tokens // _MOST_MORE
        # A pair counts more here than either of its readings, so none is missed.
        tokens = self._facts.tokens[:]
        long = await self._background.run(over_long_rows, tokens, most)
        if is_outdated():
            return False
        meant = Target(target.label, target.limit_tokens, own or counter)
        found = await self._examine(long[:MOST_EXAMINED], meant, is_outdated, say)
        if found is None:
            return False
        unlisted = long[MOST_EXAMINED:]
        marks = await self._background.run(_marks_of, tokens, unlisted, target.limit_tokens, found)
        if is_outdated():
            return False
        self._put(found, marks)
        return True

    async def _counter_of(self, target: LengthTarget) -> TokenCounter | None:
        """None where the model's own tokens can only be estimated."""
        if self._own is None and target.tokenizer is not None:
            try:
                self._own = await self._background.run(ModelCounter, target.tokenizer)
            except TunedeskError:
                return None
        return self._own

    async def _examine(
        self,
        rows: Sequence[int],
        meant: Target,
        is_outdated: Callable[[], bool],
        say: Callable[[int], object],
    ) -> list[Issue] | None:
        found: list[Issue] = []
        mean_tokens = sum(self._facts.tokens[row] for row in rows) // max(1, len(rows))
        n_at_once = min(_AT_ONCE, max(1, _AT_ONCE_TOKENS // max(1, mean_tokens)))
        for start in range(0, len(rows), n_at_once):
            say(len(rows) - start)
            raws = [(row, self._row(row)) for row in rows[start : start + n_at_once]]
            unknown = [(row, raw) for row, raw in raws if _digest(raw) not in self._fitting]
            issues = await self._background.run(_examined, unknown, meant)
            if is_outdated():
                return None
            found += issues
            long = {issue.row - 1 for issue in issues}
            if len(self._fitting) < _MOST_KNOWN:
                self._fitting |= {_digest(raw) for row, raw in unknown if row not in long}
        return found

    def _put(self, issues: Sequence[Issue], marks: bytes) -> None:
        self._issues.put_long(issues)
        self._longest = max((int(issue.params["tokens"]) for issue in issues), default=0)
        self._marks.put(LONG, marks)


def _marks_of(
    tokens: Sequence[int], unlisted: Sequence[int], limit_tokens: int, issues: Sequence[Issue]
) -> bytes:
    """A mark for each row; empty if there are none."""
    marks = bytearray(len(tokens))
    for row in unlisted:
        marks[row] = WARNING if tokens[row] > limit_tokens else 0
    for issue in issues:
        marks[issue.row - 1] = ERROR if issue.severity is Severity.ERROR else WARNING
    return bytes(marks) if any(marks) else b""


def _examined(raws: Sequence[tuple[int, bytes]], target: Target) -> list[Issue]:
    return [
        issue
        for row, raw in raws
        if may_be_over(raw, target)
        for issue in check_length(raw, row + 1, target)
    ]


def _digest(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=16).digest()
