"""What was rated of models alone, as Rate and Results show it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tunedesk.core.statistics.ratings import RatingSummary, rating_summary
from tunedesk.services.project.project import Project
from tunedesk.store.ledger_ratings import RatingRecord
from tunedesk.store.records import Contender


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """A model with what its ratings say."""

    who: Contender
    summary: RatingSummary


async def rated_models(project: Project) -> list[Rated]:
    """Every model that was rated alone, the one rated last first."""
    known = await project.in_ledger(lambda ledger: ledger.ratings())
    return await project.background.run(summaries_of, known)


def summaries_of(known: Sequence[RatingRecord]) -> list[Rated]:
    """As `rated_models`; in any thread."""
    rated = sorted((one for one in known if one.is_rated), key=lambda one: one.rated_at_ms or 0)
    models = dict.fromkeys(one.contender for one in reversed(rated))
    return [
        Rated(who=who, summary=_summary([one for one in rated if one.contender == who]))
        for who in models
    ]


def _summary(rated: Sequence[RatingRecord]) -> RatingSummary:
    stars = [one.stars for one in rated if one.stars is not None]
    return rating_summary(stars, [bool(one.passed) for one in rated if one.passed is not None])
