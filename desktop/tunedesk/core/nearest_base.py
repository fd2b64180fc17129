"""Which base model comes nearest to one that cannot be had any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tunedesk.core.base_choice import Candidate
from tunedesk.core.retirement import RetirementTable, base_of, days_left, end_of

LASTS_DAYS = 90
"""What ends sooner is no place to train again."""

_UNKNOWN_STRENGTH = 4
"""Of a model nobody here knows: those that could be fine-tuned elsewhere were able ones."""

MUCH_SMALLER = 2
"""So many steps of strength below are worth a word."""


def strength_of(model: str, candidates: Sequence[Candidate]) -> int:
    """As the table of candidates has it, by the model or one of its family; a guess otherwise."""
    base = base_of(model)
    named = [one for one in candidates if one.model and base.startswith(one.model)]
    closest = max(named, key=lambda one: len(one.model), default=None)
    return closest.strength if closest is not None else _UNKNOWN_STRENGTH


def lasts(
    model: str, provider: str, table: RetirementTable, today: date, told: str | None = None
) -> bool:
    """Whether a model can still be trained on there, and for long enough to be of use. `told`: the
    end that its provider names, which counts more than the table's."""
    closing = table.no_new_jobs_after.get(provider)
    if closing is not None and days_left(closing, today) <= LASTS_DAYS:
        return False
    ends, _is_told = end_of(told, model, provider, table)
    return ends is None or days_left(ends, today) > LASTS_DAYS


def nearest(
    model: str,
    candidates: Sequence[Candidate],
    offered: Sequence[Candidate],
    table: RetirementTable,
    today: date,
) -> Candidate | None:
    """Of those that are `offered` and last, the one whose strength is nearest, the stronger of
    two; None if there are none. `candidates` are all that are known."""
    wanted = strength_of(model, candidates)
    lasting = [one for one in offered if lasts(one.model, one.provider, table, today)]
    return min(lasting, key=lambda one: (abs(one.strength - wanted), -one.strength), default=None)
