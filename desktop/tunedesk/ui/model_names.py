"""Models as a person chooses among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from tunedesk.core.speech import said
from tunedesk.services.compare.comparison import Contender

PlaceOf = Callable[[Contender], str]
"""The name of a model's provider."""


def model_names(models: Sequence[Contender], place_of: PlaceOf) -> list[str]:
    """Their labels; the provider is named where several have a model of that label, since it gets
    what is asked, and bills it."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for one in models:
        places[one.label].add(one.provider_id)
    return [
        f"{one.label} · {said(place_of(one))}" if len(places[one.label]) > 1 else one.label
        for one in models
    ]
