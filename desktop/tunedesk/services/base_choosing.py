"""Help for choosing a base model: the shipped candidates, ranked by what a person answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from tunedesk.assets import resource
from tunedesk.core.base_choice import (
    Answers,
    Budget,
    Candidate,
    Language,
    Privacy,
    Quality,
    Reason,
    Suggestion,
    Task,
    rank,
)

__all__ = [
    "Answers",
    "BaseTable",
    "Budget",
    "Candidate",
    "Language",
    "Privacy",
    "Quality",
    "Reason",
    "Suggestion",
    "Task",
    "load_candidates",
    "rank",
]


class BaseTable(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: the day on which the sources were looked at."""

    as_of: date
    source: str
    models: Sequence[Candidate]


def load_candidates() -> BaseTable:
    """The shipped table: a file of a few kilobytes. msgspec.ValidationError would be a bug."""
    found = resource("providers", "base_models.json").read_bytes()
    return msgspec.json.decode(found, type=BaseTable)
