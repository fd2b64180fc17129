"""Rounds, answers and votes as a ledger has them, written down without asking anybody."""

from __future__ import annotations

from tunedesk.core.blind import Seat, first_seat, other_seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import AnswerRecord, Choice, Contender, RoundRecord, VoteRecord

BASE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
TUNED = Contender(provider_id="fake", model="ft:base-1:me:m:1", label="marv", kind="tuned")
SEED = 7


class VoteMaker:
    """Collects rounds of two models; `store` writes all of them to a ledger."""

    def __init__(
        self, first: Contender = BASE, second: Contender = TUNED, first_number: int = 0
    ) -> None:
        self._pair = (first, second)
        self._number = first_number
        self._rounds: list[tuple[RoundRecord, list[AnswerRecord], VoteRecord | None]] = []

    def add(
        self,
        winner: str | None,
        *,
        prompt: str,
        base: str = "It is a long way, and nobody knows it exactly.",
        tuned: str = "Far.",
        reasons: tuple[str, ...] = (),
        note: str = "",
        digest: str | None = None,
        reference: str = "",
        is_swapped: bool = False,
        finish: tuple[str | None, str | None] = ("stop", "stop"),
        elapsed_ms: tuple[int, int] = (1300, 700),
        tokens: tuple[int | None, int | None] = (61, 27),
    ) -> None:
        """`winner` is "tuned", "base", "tie", "both_bad", or None for a round without a vote.

        A swapped round has its models on the other sides than the prompt's first round.
        """
        first, second = self._pair
        number, self._number = self._number, self._number + 1
        seat: Seat = first_seat(SEED, sum(map(ord, prompt)))
        seat = other_seat(seat) if is_swapped else seat
        record = RoundRecord(
            id=f"{number:032x}",
            created_at_ms=1_750_000_000_000 + number * 60_000,
            messages=[{"role": "user", "content": prompt}],
            seed=SEED,
            first=first,
            second=second,
            first_seat=seat,
            source_digest=digest,
            kind="held_out" if digest else "free",
            reference=reference,
        )
        said = ((first, base), (second, tuned))
        answers = [
            AnswerRecord(
                round_id=record.id,
                seat=record.seat_of(who),
                answer=Answer(
                    provider_id=who.provider_id,
                    model=who.model,
                    text=text,
                    finish_reason=finish[at],
                    elapsed_ms=elapsed_ms[at],
                    completion_tokens=tokens[at],
                    settings=ChatSettings(),
                    model_digest=None if who.kind == "base" else "ab" * 32,
                    prompt_digest="cd" * 32,
                    at_ms=record.created_at_ms,
                ),
            )
            for at, (who, text) in enumerate(said)
        ]
        vote = None
        if winner is not None:
            choice: Choice = {
                "base": record.seat_of(first),
                "tuned": record.seat_of(second),
                "tie": "tie",
                "both_bad": "both_bad",
            }[winner]  # type: ignore[assignment]
            vote = VoteRecord(
                round_id=record.id,
                choice=choice,
                created_at_ms=record.created_at_ms + 20_000,
                reasons=list(reasons),
                note=note,
            )
        self._rounds.append((record, answers, vote))

    def store(self, ledger: Ledger) -> None:
        """Write everything down."""
        for record, answers, vote in self._rounds:
            ledger.add_round(record)
            for answer in answers:
                ledger.add_answer(answer)
            if vote is not None:
                ledger.add_vote(vote)
