"""The models that rows can be for, with what each reads of a row."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tunedesk.core.jobs import ModelInfo
from tunedesk.core.model_limits import limit_of
from tunedesk.providers.profiles import LOCAL
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.costing_types import PriceTable


def length_targets(
    providers: Providers, prices: PriceTable, here: Sequence[ModelInfo] = ()
) -> list[LengthTarget]:
    """This computer's models first, the person's own (`here`: what the engine lists) among them,
    then those of the price table whose limit is known."""
    known = providers.profile(LOCAL).model_names
    limits = {model: limit.limit_tokens for model in known if (limit := limit_of(model))}
    most = providers.profile(LOCAL).max_row_tokens or sys.maxsize  # of a row, whichever model
    limits |= {
        one.id: min(one.context_tokens, most)
        for one in here
        if one.kind == "base" and one.id not in known and one.context_tokens is not None
    }
    models = providers.engine.models_folder
    local = [
        LengthTarget(
            model=model,
            label=known.get(model, model),
            limit_tokens=limit_tokens,
            tokenizer=models / model / "tokenizer.json",
        )
        for model, limit_tokens in limits.items()
    ]
    elsewhere = [
        LengthTarget(model=price.model, label=price.label, limit_tokens=price.max_row_tokens)
        for price in prices.prices
        if price.max_row_tokens is not None
    ]
    return local + elsewhere
