"""The models that rows can be for, with what each reads of a row."""

from __future__ import annotations

from tunedesk.core.model_limits import limit_of
from tunedesk.providers.profiles import LOCAL
from tunedesk.services.costing_types import PriceTable
from tunedesk.services.long_rows import LengthTarget
from tunedesk.services.providers import Providers


def length_targets(providers: Providers, prices: PriceTable) -> list[LengthTarget]:
    """This computer's models first, then those of the price table whose limit is known."""
    models = providers.engine.models_folder
    local = providers.profile(LOCAL)
    here = [
        LengthTarget(
            model=model,
            label=label,
            limit_tokens=limit.limit_tokens,
            tokenizer=models / model / "tokenizer.json",
        )
        for model, label in local.model_names.items()
        if (limit := limit_of(model)) is not None
    ]
    elsewhere = [
        LengthTarget(model=price.model, label=price.label, limit_tokens=price.max_row_tokens)
        for price in prices.prices
        if price.max_row_tokens is not None
    ]
    return here + elsewhere
