"""The ledger's part about rounds that were asked ahead of time and wait for their vote."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer
from tunedesk.store.ledger_comparisons import ROUND_NESTED, ComparisonTables
from tunedesk.store.ledger_database import Value, clean, record_of
from tunedesk.store.records import RoundEnd, RoundRecord

SEATS: tuple[Seat, Seat] = ("A", "B")


class WaitingRound(msgspec.Struct, frozen=True, kw_only=True):
    """A round on a row of a dataset without a vote. `asked`: seats whose prompt was sent."""

    round: RoundRecord
    answers: Mapping[Seat, Answer]
    asked: frozenset[Seat]

    @property
    def is_ready(self) -> bool:
        """Both answers ended by themselves: it can be judged."""
        return all(seat in self.answers and self.answers[seat].is_whole for seat in SEATS)

    @property
    def missing(self) -> tuple[Seat, ...]:
        """Seats that were never asked."""
        return tuple(s for s in SEATS if s not in self.answers and s not in self.asked)

    @property
    def doubtful(self) -> tuple[Seat, ...]:
        """Seats that were asked, and whose answer was lost or broke off: it may have been paid
        for."""
        return tuple(
            seat
            for seat in SEATS
            if seat in self.asked | set(self.answers)
            and (seat not in self.answers or not self.answers[seat].is_complete)
        )

    @property
    def at_limit(self) -> tuple[Seat, ...]:
        """Seats whose answer was cut at the longest answer that was set."""
        return tuple(s for s in SEATS if s in self.answers and self.answers[s].met_limit)


class HeldOutTables(ComparisonTables):
    """Rounds that wait, and what was sent for them. Part of `Ledger`."""

    def waiting_rounds(self, source_digest: str | None = None) -> list[WaitingRound]:
        """Rounds on rows (of one row, if given) that may still have a vote, oldest first."""
        sql = (
            "SELECT rounds.* FROM rounds LEFT JOIN votes ON votes.round_id = rounds.id"
            " WHERE votes.round_id IS NULL AND ended IS NULL AND repeats IS NULL"
            " AND kind = 'held_out'"
            " AND (?1 IS NULL OR source_digest = ?1) ORDER BY rounds.created_at_ms, id"
        )
        rows = self._database.rows(sql, (source_digest,))
        return [self._waiting(record_of(RoundRecord, row, ROUND_NESTED)) for row in rows]

    def judged_rounds(self, source_digest: str | None = None) -> list[RoundRecord]:
        """Rounds on rows (on one, if given) that have a vote, or whose answers were the same."""
        sql = (
            "SELECT rounds.* FROM rounds LEFT JOIN votes ON votes.round_id = rounds.id"
            " WHERE (votes.round_id IS NOT NULL OR ended = 'identical')"
            " AND source_digest IS NOT NULL AND (?1 IS NULL OR source_digest = ?1)"
        )
        rows = self._database.rows(sql, (source_digest,))
        return [record_of(RoundRecord, row, ROUND_NESTED) for row in rows]

    def _waiting(self, record: RoundRecord) -> WaitingRound:
        sql = "SELECT seat FROM asks WHERE round_id = ?"
        asked = frozenset(row["seat"] for row in self._database.rows(sql, (record.id,)))
        return WaitingRound(round=record, answers=self.answers(record.id), asked=asked)

    def note_asked(self, round_id: str, seat: Seat, at_ms: int) -> None:
        """Write down that a seat's prompt is about to be sent. IntegrityError without the round."""
        columns: dict[str, Value] = {"round_id": round_id, "seat": seat, "asked_at_ms": at_ms}
        with self._database.writing():
            self._database.insert("asks", columns, verb="INSERT OR REPLACE")

    def take_back_asked(self, round_id: str, seat: Seat) -> None:
        """It was surely not taken: as if it had not been sent."""
        with self._database.writing():
            sql = "DELETE FROM asks WHERE round_id = ? AND seat = ?"
            self._database.run(sql, (round_id, seat))

    def end_round(self, round_id: str, how: RoundEnd) -> None:
        """Close a round for good without a vote; one that has its vote stays as it is."""
        with self._database.writing():
            sql = (
                "UPDATE rounds SET ended = ? WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM votes WHERE round_id = id)"
            )
            self._database.run(sql, (how, round_id))

    def note(self, key: str) -> str | None:
        """A text that the project keeps under a name of ours; None if there is none."""
        row = self._database.row("SELECT value FROM project WHERE key = ?", (key,))
        return str(row["value"]) if row is not None else None

    def put_note(self, key: str, value: str) -> None:
        """Keep a text under a name of ours; the last one counts."""
        columns: dict[str, Value] = {"key": key, "value": clean(value)}
        with self._database.writing():
            self._database.insert("project", columns, verb="INSERT OR REPLACE")
