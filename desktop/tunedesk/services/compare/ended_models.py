"""Which models of the project nobody can ask any more, as the table of ends has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tunedesk.core.retirement import RetirementTable, days_left
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.store.records import Contender


def ended(contenders: Iterable[Contender], providers: Providers) -> set[tuple[str, str]]:
    """Provider and id of those whose last day is over. Blocking: reads the table."""
    table, today = read_table(RetirementTable), date.today()
    found = set()
    for one in contenders:
        profile = providers.book.get(one.provider_id)
        known_as = profile.preset or profile.id if profile is not None else one.provider_id
        end = table.of(one.model, known_as)
        if end is not None and days_left(end.ends, today) < 0:
            found.add((one.provider_id, one.model))
    return found
