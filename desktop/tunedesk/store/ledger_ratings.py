"""The ledger's part about answers that are rated alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.chat import Answer
from tunedesk.store.ledger_database import Tables, columns_of, packed, record_of
from tunedesk.store.records import Contender

_NESTED = frozenset({"contender", "messages", "answer"})


class RatingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to the prompt of a row (`prompt_digest`), and what a person thinks of it.

    `stars` from 1 to 5 or `passed`, by the scale that was chosen; neither while it waits.
    """

    id: str
    created_at_ms: int
    contender: Contender
    prompt_digest: str
    messages: Sequence[Mapping[str, Any]]
    reference: str
    answer: Answer
    stars: int | None = None
    passed: int | None = None
    note: str = ""
    rated_at_ms: int | None = None

    @property
    def is_rated(self) -> bool:
        """Whether a person has said something of it."""
        return self.stars is not None or self.passed is not None


class RatingTables(Tables):
    """Part of `Ledger`."""

    def put_rating(self, rating: RatingRecord) -> None:
        """Add an answer, or write what is thought of it."""
        columns = columns_of(rating, _NESTED)
        with self._database.writing():
            self._database.insert("ratings", columns, verb="INSERT OR REPLACE")

    def ratings(self, contender: Contender | None = None) -> list[RatingRecord]:
        """Every answer, the oldest first; of one model alone if it is named."""
        rows = self._database.rows("SELECT * FROM ratings ORDER BY created_at_ms, id")
        wanted = packed(contender)
        kept = [row for row in rows if contender is None or row["contender"] == wanted]
        return [record_of(RatingRecord, row, _NESTED) for row in kept]
