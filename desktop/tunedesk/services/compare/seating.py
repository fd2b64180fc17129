"""Making rounds: who sits where, and which of those that wait fits what is asked now."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.blind import Seat, first_seat, other_seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, RoundRecord

Pair = tuple[Contender, Contender]
Messages = Sequence[Mapping[str, Any]]

_MAX_SEED = 2**31


class Seating:
    """Draws the seats of one session's rounds from one seed that is stored with each."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seed = secrets.randbelow(_MAX_SEED)
        self._n_begun = 0

    def round(
        self,
        pair: Pair,
        messages: Messages,
        settings: ChatSettings,
        source_digest: str | None,
        reference: str = "",
    ) -> RoundRecord:
        """A new round; nobody knows of it yet. `source_digest`, `reference` as `RoundRecord`."""
        seat = first_seat(self._seed, self._n_begun)
        self._n_begun += 1
        return RoundRecord(
            id=uuid.uuid4().hex,
            created_at_ms=self._project.clock(),
            messages=[dict(message) for message in messages],
            seed=self._seed,
            first=pair[0],
            second=pair[1],
            first_seat=seat,
            settings=settings,
            source_digest=source_digest or None,
            kind="held_out" if source_digest else "free",
            reference=reference,
        )

    def again(self, shown: RoundRecord) -> RoundRecord:
        """The same round once more with the seats swapped."""
        return RoundRecord(
            id=uuid.uuid4().hex,
            created_at_ms=self._project.clock(),
            messages=shown.messages,
            seed=shown.seed,
            first=shown.first,
            second=shown.second,
            first_seat=other_seat(shown.first_seat),
            settings=shown.settings,
            source_digest=shown.source_digest,
            kind=shown.kind,
            reference=shown.reference,
            repeats=shown.id,
        )


def judged_digests(ledger: Ledger, pair: Pair, digest: str | None = None) -> set[str]:
    """Prompt digests of rows (that one, if given) these two were judged on, either way round, or
    gave the same answer to."""
    judged = ledger.judged_rounds(digest)
    return {
        record.source_digest
        for record in judged
        if record.source_digest and {record.first, record.second} == set(pair)
    }


def nothing_said(record: RoundRecord, seat: Seat) -> Answer:
    """Stands where an answer was lost: no text, no end."""
    who = record.contender_at(seat)
    return Answer(
        provider_id=who.provider_id,
        model=who.model,
        text="",
        finish_reason=None,
        elapsed_ms=0,
        completion_tokens=None,
        settings=record.settings,
    )
