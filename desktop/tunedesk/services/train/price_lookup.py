"""Which line of the price table is about a model."""

from __future__ import annotations

from tunedesk.core.model_size import billions_in
from tunedesk.core.retirement import base_of, undated
from tunedesk.providers.profiles import Profile
from tunedesk.services.train.costing_types import Price, PriceTable


def price_for(table: PriceTable, profile: Profile, model: str) -> Price | None:
    """What the table has for a model at this provider, by the preset it is made from."""
    return price_at(table, profile.preset or profile.id, model)


def price_at(table: PriceTable, known_as: str, model: str) -> Price | None:
    """The same by what the table calls the provider.

    A tuned model has the price of its base, a name without a date that of the dated one; else a
    price for models of its size counts.
    """
    base = base_of(model)
    here = [price for price in table.prices if price.provider == known_as]
    named = [price for price in here if base in (price.model, undated(price.model))]
    size = billions_in(base)
    of_size = [price for price in here if size is not None and _is_below(price, size)]
    return next(iter([*named, *of_size]), None)


def _is_below(price: Price, billions: float) -> bool:
    limit = price.below_billion_parameters
    return limit is not None and billions < limit
