"""Marks in columns are what one row after the other would give, through any edits."""

from __future__ import annotations

import random

import pytest

from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import ERROR, OK, PENDING, WARNING
from tunedesk.services.dataset.splitter import Splitter
from tunedesk.store.records import DatasetSettings

LAYERS = ("alike", "leaks", "long")


class Plainly:
    """The same, row by row: own status, and marks by layer."""

    def __init__(self, statuses: list[int]) -> None:
        self.rows = [(status, dict[str, int]()) for status in statuses]

    @property
    def status(self) -> list[int]:
        return [max([own, *marks.values()]) if own else PENDING for own, marks in self.rows]


@pytest.mark.parametrize("seed", range(20))
def test_columns_agree_with_rows_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    statuses = [chance.choice([PENDING, OK, OK, WARNING, ERROR]) for _ in range(40)]
    facts = RowFacts(len(statuses), Splitter(DatasetSettings(), {}))
    facts.put_status(bytes(statuses))
    marks, plain = LaterMarks(facts), Plainly(statuses)
    for _ in range(60):
        _step(chance, facts, marks, plain)
        assert list(facts.status) == plain.status, f"seed {seed}"
        assert ("alike" in marks) == any("alike" in found for _, found in plain.rows)


def _step(chance: random.Random, facts: RowFacts, marks: LaterMarks, plain: Plainly) -> None:
    n_rows = len(plain.rows)
    at = chance.randrange(n_rows)
    match chance.choice(["put", "put", "put", "delete", "move", "change", "again"]):
        case "put":
            layer = chance.choice(LAYERS)
            chosen = chance.sample(range(n_rows), chance.randrange(n_rows // 2))
            found = {row: chance.choice([WARNING, ERROR]) for row in chosen}
            marks.put(layer, bytes(found.get(row, 0) for row in range(n_rows)) if found else b"")
            for row, (_, known) in enumerate(plain.rows):
                known.pop(layer, None)
                known |= {layer: found[row]} if row in found else {}
        case "delete" if n_rows > 10:
            facts.delete(at)
            marks.delete(at)
            del plain.rows[at]
        case "move":
            to = chance.randrange(n_rows)
            facts.move(at, 1, to)
            marks.move(at, 1, to)
            plain.rows.insert(to, plain.rows.pop(at))
        case "change":
            marks.forget([at])
            facts.status[at] = WARNING
            plain.rows[at] = (WARNING, {})
            left = bytes(known.get("long", 0) for _, known in plain.rows)
            marks.put("long", left if any(left) else b"")
        case "again":
            own = [status for status, _ in plain.rows]
            facts.put_status(bytes(own))
            marks.mark_again()
