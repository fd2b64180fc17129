"""From preference rows that were made of votes to the model that these votes were on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.rows import RowError, digest_of_prompt, parse_row
from tunedesk.services.compare.votes_of_row import digest_of_round
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, VoteView

_Pairs = Mapping[str, set[tuple[str, str]]]
"""By the digest of a prompt: the reply that is preferred, and the one that is not."""


async def voted_model(project: Project, rows: Sequence[bytes]) -> Contender | None:
    """The tuned model of the newest vote that one of these rows was made of, None where there is
    none."""
    pairs = await project.background.run(_pairs, rows)
    return await project.in_ledger(lambda ledger: _tuned(ledger, pairs)) if pairs else None


def _pairs(rows: Sequence[bytes]) -> _Pairs:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for raw in rows:
        try:
            row: Any = parse_row(raw)
            sides = (row[f"{kind}preferred_output"][0]["content"] for kind in ("", "non_"))
            better, worse = map(str, sides)
        except (RowError, RecursionError, LookupError, TypeError):
            continue
        found[digest_of_prompt(row)].add((better, worse))
    return found


def _tuned(ledger: Ledger, pairs: _Pairs) -> Contender | None:
    for view in reversed(ledger.votes()):
        said = {answer.text for answer in view.answers.values()}
        if view.edit is not None:
            said.add(view.edit.text)
        if any(said.issuperset(pair) for pair in pairs.get(digest_of_round(view.round), ())):
            return _tuned_of(view)
    return None


def _tuned_of(view: VoteView) -> Contender | None:
    both = (view.round.second, view.round.first)
    return next((one for one in both if one.kind in ("tuned", "checkpoint")), None)
