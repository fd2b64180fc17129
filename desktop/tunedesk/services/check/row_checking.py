"""Looking at one row, at once: when it is shown before the check has come to it, or edited."""

from __future__ import annotations

from tunedesk.core.issues import Issue
from tunedesk.core.row_tokens import count_row
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.columns import FINE, WARNED, WRONG, RowColumns
from tunedesk.services.dataset.row_facts import Facts
from tunedesk.services.dataset.row_marks import ERROR, NOT_COUNTED, OK, WARNING

_STATUS = {FINE: OK, WARNED: WARNING, WRONG: ERROR}


def look_at(raw: bytes, row: int, counter: TokenCounter | None) -> tuple[Facts, list[Issue]]:
    """One row by itself: the rules of the whole file have no say. `row` counts from 1."""
    columns = RowColumns(with_replies=False)
    issues = columns.add([raw], row)
    total, trained = (NOT_COUNTED, NOT_COUNTED) if counter is None else count_row(raw, counter)
    facts = Facts(
        status=_STATUS[columns.worst[0]],
        kind=columns.kinds[0],
        digest=bytes(columns.keys),
        tokens=total,
        trained_tokens=trained,
    )
    return facts, issues
