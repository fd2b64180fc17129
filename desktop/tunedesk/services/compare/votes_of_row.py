"""The way back: from a row of a dataset to the votes that were given on what it asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tunedesk.core.rows import digest_of_prompt, prompt_digest
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, RoundRecord


class VotesOn(msgspec.Struct, frozen=True):
    """Votes on one prompt, the newest round first, and the two models the newest was on."""

    round_ids: tuple[str, ...]
    pair: frozenset[Contender]


async def votes_of_row(project: Project, raw: bytes) -> VotesOn | None:
    """The votes on what this row asks; None where there are none.

    Found are votes on the row itself, on rows that ask the same, and on typed prompts of which a
    row was made; so a pair or an edited answer leads back to where it came from.
    """
    digest = await project.background.run(prompt_digest, raw)
    return await project.in_ledger(lambda ledger: _found(ledger, digest))


def _found(ledger: Ledger, digest: str) -> VotesOn | None:
    voted = [one for one in reversed(ledger.voted_rounds()) if digest_of_round(one) == digest]
    if not voted:
        return None
    newest = voted[0]
    return VotesOn(
        round_ids=tuple(one.id for one in voted), pair=frozenset((newest.first, newest.second))
    )


def digest_of_round(record: RoundRecord) -> str:
    """Of the prompt of the row it came from, or of what was typed."""
    return record.source_digest or _digest_of_typed(record.messages)


def _digest_of_typed(messages: Sequence[Any]) -> str:
    reply = {"role": "assistant", "content": ""}
    return digest_of_prompt({"messages": [*(dict(message) for message in messages), reply]})
