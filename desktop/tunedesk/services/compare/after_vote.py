"""What may still be done with a vote: shown once more, and its winner put right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.blind import is_repeated, other_seat
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.seating import Pair, Seating
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.ledger_held_out import SEATS
from tunedesk.store.records import (
    AnswerRecord,
    EditRecord,
    RoundRecord,
)
from tunedesk.store.records import VoteView as VoteView

_LEAST_BETWEEN = 8
_LEAST_AT_END = 3


def due_repeat(ledger: Ledger, pair: Pair, *, is_at_end: bool = False) -> RoundRecord | None:
    """The round to show once more now, the longest ago first: it was drawn, it has its vote, and
    at least eight others (three at the end of the set) were voted on since."""
    views = [view for view in ledger.votes() if {view.round.first, view.round.second} == set(pair)]
    done = {view.round.repeats for view in views}
    n_between = _LEAST_AT_END if is_at_end else _LEAST_BETWEEN
    old = views[: max(0, len(views) - n_between)]
    return next((view.round for view in old if _is_due(view, done)), None)


def _is_due(view: VoteView, done: set[str | None]) -> bool:
    record = view.round
    is_first = record.kind == "held_out" and record.repeats is None
    can_be_judged = all(answer.is_whole for answer in view.answers.values())
    return (
        is_first and can_be_judged and record.id not in done and is_repeated(record.seed, record.id)
    )


def write_repeat(ledger: Ledger, seating: Seating, shown: RoundRecord) -> RoundRecord:
    """The round once more, with the same answers at swapped seats."""
    again = seating.again(shown)
    answers = ledger.answers(shown.id)
    ledger.add_round(again)
    for seat in SEATS:
        answer = AnswerRecord(round_id=again.id, seat=other_seat(seat), answer=answers[seat])
        ledger.add_answer(answer)
    return again


def winner_row(view: VoteView, text: str) -> bytes:
    """A training row: the prompt of the round and `text` as its reply."""
    return answer_row(view.round.messages, text)


def answer_row(messages: Sequence[Mapping[str, Any]], text: str) -> bytes:
    """A training row: what was asked, and `text` as the reply."""
    reply: Mapping[str, Any] = {"role": "assistant", "content": text}
    row = {"messages": [*(dict(message) for message in messages), reply]}
    try:
        return json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate: written as its escape
        return json.dumps(row).encode()


async def note_edit(project: Project, round_id: str, text: str, dataset_id: int) -> None:
    """Link the row to its vote; a preference pair made of the vote uses `text`."""
    edit = EditRecord(
        round_id=round_id, text=text, dataset_id=dataset_id, created_at_ms=project.clock()
    )
    await project.in_ledger(lambda ledger: ledger.put_edit(edit))


async def forget_edit(project: Project, round_id: str) -> None:
    """Its row was taken back."""
    await project.in_ledger(lambda ledger: ledger.remove_edit(round_id))


def no_dataset() -> TunedeskError:
    return TunedeskError(
        "edit.no_dataset",
        "There is no dataset to add the answer to.",
        "None is open in this project.",
        "Open one on Data, then do this again.",
    )


async def view_of(project: Project, round_id: str) -> VoteView:
    """A vote with all it was about. TunedeskError if the round has none."""
    views = await project.in_ledger(Ledger.votes)
    found = next((view for view in views if view.round.id == round_id), None)
    if found is None:
        raise TunedeskError(
            "vote.unknown",
            "This round has no vote.",
            "Only what was chosen can be put right.",
            "Vote first.",
        )
    return found
