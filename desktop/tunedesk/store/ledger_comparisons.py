"""The ledger's part about comparisons: rounds, answers, votes."""

from __future__ import annotations

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer
from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger_database import Tables, Value, columns_of, packed, record_of, unpacked
from tunedesk.store.records import AnswerRecord, EditRecord, RoundRecord, VoteRecord, VoteView

ROUND_NESTED = frozenset({"messages", "first", "second", "settings"})
_VOTE_NESTED = frozenset({"reasons", "note"})
_SEATS: tuple[Seat, Seat] = ("A", "B")


class ComparisonTables(Tables):
    """Rounds with their answers and votes. Part of `Ledger`."""

    def add_round(self, record: RoundRecord) -> None:
        """Store a round before it is run. IntegrityError if its id is taken."""
        with self._database.writing():
            self._database.insert("rounds", columns_of(record, ROUND_NESTED))

    def add_answer(self, record: AnswerRecord) -> None:
        """Store what came back at a seat of a known round; a second try replaces the first.

        Raises TunedeskError once the round has its vote: what was judged must not change.
        """
        with self._database.writing():
            if self._has_vote(record.round_id):
                raise _already_voted()
            columns: dict[str, Value] = {
                "round_id": record.round_id,
                "seat": record.seat,
                "finish_reason": record.answer.finish_reason,
                "answer": packed(record.answer),
            }
            self._database.insert("answers", columns, verb="INSERT OR REPLACE")

    def add_vote(self, vote: VoteRecord) -> None:
        """Store a vote on a known round.

        Raises TunedeskError if an answer is missing or was cut off (no finish reason), or if the
        round has a vote or has ended without one: after the reveal there is no second one.
        """
        with self._database.writing():
            if self._has_vote(vote.round_id) or self.round(vote.round_id).ended is not None:
                raise _already_voted()
            if not self._is_votable(vote.round_id):
                raise _not_votable()
            self._database.insert("votes", columns_of(vote, _VOTE_NESTED))

    def change_vote(self, vote: VoteRecord) -> None:
        """Note that a round's vote was changed after the reveal; the blind vote stays as it was.

        An edit of the winner goes: it may be another one now. IntegrityError for a round without a
        vote.
        """
        with self._database.writing():
            self._database.run("DELETE FROM edits WHERE round_id = ?", (vote.round_id,))
            self._database.insert("vote_changes", columns_of(vote, _VOTE_NESTED))

    def put_edit(self, edit: EditRecord) -> None:
        """Note a winner's answer put right; a later one replaces it. IntegrityError without a
        vote."""
        columns = columns_of(edit) | {"text": packed(edit.text)}
        with self._database.writing():
            self._database.insert("edits", columns, verb="INSERT OR REPLACE")

    def remove_edit(self, round_id: str) -> None:
        """Forget an edit: its row was taken back."""
        with self._database.writing():
            self._database.run("DELETE FROM edits WHERE round_id = ?", (round_id,))

    def round(self, round_id: str) -> RoundRecord:
        """One round. Raises KeyError for an unknown id."""
        row = self._database.row("SELECT * FROM rounds WHERE id = ?", (round_id,))
        if row is None:
            raise KeyError(round_id)
        return record_of(RoundRecord, row, ROUND_NESTED)

    def rounds(self) -> list[RoundRecord]:
        """Every round, oldest first, voted on or not."""
        rows = self._database.rows("SELECT * FROM rounds ORDER BY created_at_ms, id")
        return [record_of(RoundRecord, row, ROUND_NESTED) for row in rows]

    def answers(self, round_id: str) -> dict[Seat, Answer]:
        """What came back in a round so far, by seat."""
        rows = self._database.rows(
            "SELECT seat, answer FROM answers WHERE round_id = ?", (round_id,)
        )
        return {row["seat"]: unpacked(row["answer"], Answer) for row in rows}

    def answered_rounds(self) -> list[tuple[RoundRecord, dict[Seat, Answer]]]:
        """Every round with an answer at both seats, whole or not, oldest first; without those
        that show another one once more."""
        found: dict[str, dict[Seat, Answer]] = {}
        for row in self._database.rows("SELECT round_id, seat, answer FROM answers"):
            answer = unpacked(row["answer"], Answer)
            found.setdefault(row["round_id"], {})[row["seat"]] = answer
        both = {id_: answers for id_, answers in found.items() if len(answers) == len(_SEATS)}
        return [
            (record, both[record.id])
            for record in self.rounds()
            if record.id in both and record.repeats is None
        ]

    def votes(self) -> list[VoteView]:
        """Every vote with its round and both answers, oldest vote first."""
        rounds = {record.id: record for record in self.rounds()}
        answers = self._answers_of_voted_rounds()
        rows = self._database.rows("SELECT * FROM votes ORDER BY created_at_ms, round_id")
        votes = [record_of(VoteRecord, row, _VOTE_NESTED) for row in rows]
        changes, edits = self._last_changes(), self._edits()
        return [
            VoteView(
                round=rounds[vote.round_id],
                answers=answers[vote.round_id],
                vote=changes.get(vote.round_id, vote),
                original=vote if vote.round_id in changes else None,
                edit=edits.get(vote.round_id),
            )
            for vote in votes
        ]

    def voted_rounds(self) -> list[RoundRecord]:
        """The rounds that have a vote, oldest vote first."""
        rows = self._database.rows(
            "SELECT r.* FROM rounds AS r JOIN votes AS v ON v.round_id = r.id"
            " ORDER BY v.created_at_ms, r.id"
        )
        return [record_of(RoundRecord, row, ROUND_NESTED) for row in rows]

    def _last_changes(self) -> dict[str, VoteRecord]:
        sql = "SELECT round_id, choice, created_at_ms, reasons, note FROM vote_changes"
        rows = self._database.rows(f"{sql} ORDER BY number")
        return {row["round_id"]: record_of(VoteRecord, row, _VOTE_NESTED) for row in rows}

    def _edits(self) -> dict[str, EditRecord]:
        rows = self._database.rows("SELECT * FROM edits")
        return {row["round_id"]: record_of(EditRecord, row, {"text"}) for row in rows}

    def n_votes(self) -> int:
        """How many votes there are."""
        return self._database.number("SELECT count(*) FROM votes")

    def _answers_of_voted_rounds(self) -> dict[str, dict[Seat, Answer]]:
        rows = self._database.rows(
            "SELECT round_id, seat, answer FROM answers JOIN votes USING (round_id)"
        )
        found: dict[str, dict[Seat, Answer]] = {}
        for row in rows:
            answer = unpacked(row["answer"], Answer)
            found.setdefault(row["round_id"], {})[row["seat"]] = answer
        return found

    def _has_vote(self, round_id: str) -> bool:
        sql = "SELECT count(*) FROM votes WHERE round_id = ?"
        return self._database.number(sql, (round_id,)) > 0

    def _is_votable(self, round_id: str) -> bool:
        answers = self.answers(round_id)
        return all(seat in answers and answers[seat].is_whole for seat in _SEATS)


def _already_voted() -> TunedeskError:
    return TunedeskError(
        "vote.already",
        "This round has its vote.",
        "Once the names are shown, a vote and what it was about stay as they are.",
        "Begin another round.",
    )


def _not_votable() -> TunedeskError:
    return TunedeskError(
        "vote.incomplete",
        "This round cannot be voted on.",
        "An answer is missing or was cut off before its end.",
        "Run the round again.",
    )
