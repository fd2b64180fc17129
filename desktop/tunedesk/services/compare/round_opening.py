"""A round is written down, with what was said before: a whole answer is paid for only once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.store.ledger import Ledger
from tunedesk.store.ledger_held_out import SEATS
from tunedesk.store.records import AnswerRecord, Contender, RoundRecord

Said = Mapping[Contender, Answer]


def whole_answers(
    record: RoundRecord, answers: Mapping[Seat, Answer], settings: ChatSettings
) -> dict[Contender, Answer]:
    """Those that ended by themselves and count under `settings`, by who gave them."""
    return {
        record.contender_at(seat): one
        for seat, one in answers.items()
        if one.is_whole and (record.settings == settings or one.is_as_under(settings))
    }


def at_seats(record: RoundRecord, said: Said) -> dict[Seat, Answer]:
    """What was said, by where they sit in a round."""
    who = {seat: record.contender_at(seat) for seat in SEATS}
    return {seat: said[one] for seat, one in who.items() if one in said}


def open_round(
    ledger: Ledger, record: RoundRecord, said: Said, instead_of: Collection[str] = ()
) -> None:
    """Note a new round with the answers it has from before, then close those it stands for."""
    ledger.add_round(record)
    for seat, answer in at_seats(record, said).items():
        ledger.add_answer(AnswerRecord(round_id=record.id, seat=seat, answer=answer))
    for round_id in instead_of:
        ledger.end_round(round_id, "abandoned")
