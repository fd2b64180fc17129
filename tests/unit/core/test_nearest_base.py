"""Which model comes nearest to one that ended."""

from __future__ import annotations

from datetime import date

import pytest

from tunedesk.core.base_choice import Candidate
from tunedesk.core.nearest_base import lasts, nearest
from tunedesk.core.retirement import Retirement, RetirementTable

TODAY = date(2026, 11, 28)
TABLE = RetirementTable(
    as_of=TODAY,
    source="",
    models=[Retirement(provider="old", model="big-1", ends=date(2027, 1, 14))],
    no_new_jobs_after={"shut": date(2027, 1, 6)},
)


def candidate(provider: str, model: str, strength: int) -> Candidate:
    return Candidate(provider=provider, model=model, label=model, strength=strength)


HERE, FAIR, BIG = candidate("here", "s", 1), candidate("far", "m", 4), candidate("far", "l", 5)
KNOWN = [HERE, FAIR, BIG, candidate("old", "big-1", 5), candidate("shut", "mid", 4)]


@pytest.mark.parametrize(
    ("model", "offered", "found"),
    [
        ("big-1-2025", KNOWN, BIG),
        ("mid", KNOWN, FAIR),
        ("nobody-knows-it", KNOWN, FAIR),
        ("ft:big-1:acme::x", [HERE], HERE),
        ("big-1", [candidate("old", "big-1", 5)], None),
        ("big-1", [], None),
    ],
)
def test_the_nearest_in_strength_of_those_that_last(
    model: str, offered: list[Candidate], found: Candidate | None
) -> None:
    assert nearest(model, KNOWN, offered, TABLE, TODAY) == found


def test_what_ends_soon_or_takes_no_more_jobs_does_not_last() -> None:
    assert not lasts("big-1", "old", TABLE, TODAY)
    assert not lasts("anything", "shut", TABLE, TODAY)
    assert lasts("anything", "old", TABLE, TODAY)
    assert not lasts("anything", "old", TABLE, TODAY, f"{TODAY}")  # as its provider says
