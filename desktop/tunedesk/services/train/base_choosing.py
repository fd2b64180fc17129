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
from tunedesk.core.retirement import RetirementTable
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.train.costing import load_prices
from tunedesk.services.train.costing_types import PriceTable
from tunedesk.services.train.price_lookup import price_at

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


def load_candidates(
    prices: PriceTable | None = None, ends: RetirementTable | None = None
) -> BaseTable:
    """The shipped table, a file of a few kilobytes, with what training costs and until when it is
    offered as the tables have it now. msgspec.ValidationError would be a bug."""
    shipped = resource("providers", "base_models.json").read_bytes()
    table = msgspec.json.decode(shipped, type=BaseTable)
    counted = prices or load_prices()
    closing = (ends or read_table(RetirementTable)).no_new_jobs_after
    models = [
        msgspec.structs.replace(_priced(one, counted), no_new_jobs_after=closing.get(one.provider))
        for one in table.models
    ]
    return msgspec.structs.replace(table, models=models)


def _priced(candidate: Candidate, prices: PriceTable) -> Candidate:
    if candidate.is_local:
        return msgspec.structs.replace(candidate, usd_per_million_trained_tokens=0.0)
    price = price_at(prices, candidate.provider, candidate.model)
    if price is None:
        return candidate
    usd = price.usd_per_million_trained_tokens
    return msgspec.structs.replace(candidate, usd_per_million_trained_tokens=usd)
