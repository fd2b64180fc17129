"""Looking at many rows: what a thread or the checking process does."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import msgspec

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.row_tokens import count_row
from tunedesk.core.rows import Format, prompt_digest
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation import DatasetChecker, check_row
from tunedesk.services.row_facts import ERROR, NOT_COUNTED, OK, WARNING, Facts

MAX_ISSUES = 20_000
"""How many findings are listed; every row's own status is exact however many there are."""


class BatchFacts(msgspec.Struct, frozen=True):
    """Facts of consecutive rows, in columns: cheap to send from one process to another."""

    status: bytes
    digests: bytes
    tokens: array[int]
    trained_tokens: array[int]

    def __len__(self) -> int:
        return len(self.status)

    def part(self, start: int, stop: int) -> BatchFacts:
        """Rows `start` to `stop` (not included) of the batch."""
        return BatchFacts(
            self.status[start:stop],
            self.digests[32 * start : 32 * stop],
            self.tokens[start:stop],
            self.trained_tokens[start:stop],
        )

    def facts(self, index: int) -> Facts:
        """Those of one row of the batch."""
        return Facts(
            status=self.status[index],
            digest=self.digests[32 * index : 32 * index + 32],
            tokens=self.tokens[index],
            trained_tokens=self.trained_tokens[index],
        )


class CheckResult(msgspec.Struct, frozen=True):
    """What only the whole file tells. `worst` gives rows (from 0) whose status it changes."""

    format: Format
    issues: Sequence[Issue]
    n_issues: int
    worst: Mapping[int, int]


class BatchChecker:
    """Takes a whole file in batches. Without a counter, tokens stay NOT_COUNTED."""

    def __init__(self, counter: TokenCounter | None) -> None:
        self._counter = counter
        self._checker = DatasetChecker()

    def add(self, rows: Sequence[bytes]) -> BatchFacts:
        """Facts of the next rows."""
        status, digests = bytearray(), bytearray()
        tokens, trained = array("q"), array("q")
        for raw in rows:
            status.append(status_of(self._checker.add(raw)))
            digests += bytes.fromhex(prompt_digest(raw))
            total, taught = _count(raw, self._counter)
            tokens.append(total)
            trained.append(taught)
        return BatchFacts(bytes(status), bytes(digests), tokens, trained)

    def finish(self) -> CheckResult:
        """After the last batch."""
        report = self._checker.finish()
        worst: dict[int, int] = {}
        for issue in report.issues:
            if issue.row > 0:
                found = _severity(issue)
                worst[issue.row - 1] = max(found, worst.get(issue.row - 1, OK))
        listed = report.issues[:MAX_ISSUES]
        return CheckResult(report.format, listed, len(report.issues), worst)


def look_at(raw: bytes, counter: TokenCounter | None) -> tuple[Facts, list[Issue]]:
    """One row by itself: the rules of the whole file have no say. Issues have row 1."""
    issues = check_row(raw, 1)
    total, taught = _count(raw, counter)
    facts = Facts(
        status=status_of(issues),
        digest=bytes.fromhex(prompt_digest(raw)),
        tokens=total,
        trained_tokens=taught,
    )
    return facts, issues


def status_of(issues: Sequence[Issue]) -> int:
    """Index into STATUSES for a row with these issues."""
    return max(map(_severity, issues), default=OK)


def _severity(issue: Issue) -> int:
    return ERROR if issue.severity is Severity.ERROR else WARNING


def _count(raw: bytes, counter: TokenCounter | None) -> tuple[int, int]:
    if counter is None:
        return NOT_COUNTED, NOT_COUNTED
    counted = count_row(raw, counter)
    return counted.total, counted.trained
