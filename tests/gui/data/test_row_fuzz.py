"""D6 and D5 for the row's editors: whatever a row is, it can be looked at, and looking changes it
not."""

from __future__ import annotations

import random

import pytest
from PySide6.QtWidgets import QAbstractButton

from tests.support.fuzzed_rows import LINES, mutated
from tests.support.row_bench import RowBench
from tunedesk.core.lines import iter_rows

N_ROWS = 240
N_BATCHES = 2


def _rows(chance: random.Random, n_rows: int) -> list[bytes]:
    """Rows that chance has hit, each of another kind."""
    found: dict[bytes, None] = {}
    while len(found) < n_rows:
        hit = [row for row in iter_rows(mutated(chance)) if row not in LINES]
        found.update(dict.fromkeys(hit[:2]))
    return list(found)


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_a_fuzzed_row_is_shown_in_every_view_and_left_as_it_is(row: RowBench, batch: int) -> None:
    panel = row.panel
    views: list[QAbstractButton] = [panel.as_conversation, panel.as_learned, panel.as_json]
    for number, raw in enumerate(_rows(random.Random(batch), N_ROWS // N_BATCHES)):
        hint = f"batch {batch}, row {number}: {raw[:80]!r}"
        row.open(raw)
        for view in views[number % 3 :] + views[: number % 3]:
            if view.isEnabled():
                view.click()
            panel.commit()
        assert row.raw == raw, hint
        assert row.edits == [], hint
        assert panel.shown_row == 0, hint
