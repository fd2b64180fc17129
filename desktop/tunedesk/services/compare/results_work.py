"""From stored votes to what they say: no ledger, no window, so it can be done in any thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer
from tunedesk.core.measures import Loss, Sample, best_and_worst, measure
from tunedesk.core.messages import role_of, text_of
from tunedesk.core.self_naming import names_itself
from tunedesk.core.statistics import (
    Group,
    consistency,
    grouped,
    judge,
    length_effect,
    seat_bias,
    votes_to_decide,
    votes_to_narrow,
)
from tunedesk.core.statistics.bradley_terry import Match, standings
from tunedesk.services.compare.rated import summaries_of
from tunedesk.services.compare.results_types import Pair, Rank, ResultsView, VoteRow, Winner
from tunedesk.store.ledger_ratings import RatingRecord
from tunedesk.store.records import Contender, RoundRecord, VoteView

Answered = tuple[RoundRecord, Mapping[Seat, Answer]]
Tags = Mapping[str, tuple[str, ...]]

FEWEST_MODELS_TO_RANK = 3
_NARROWER = 0.8


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger has: every vote, every round of the pair with both answers, tags by prompt
    digest, held-out loss where it was told, and ratings of any model alone."""

    votes: Sequence[VoteView]
    answered: Sequence[Answered]
    tags: Tags
    loss: Loss | None
    ratings: Sequence[RatingRecord] = ()


def summarised(
    stored: Stored, first: Contender, second: Contender, *, leaves_out_named: bool = False
) -> ResultsView:
    """What the votes say of `second` against `first`, whichever way they were asked.

    Of a vote that was changed after the reveal the blind one counts: the other knew the names.
    `leaves_out_named`: without votes where an answer says who gave it.
    """
    every = [view for view in stored.votes if _is_of(view.round, (first, second))]
    named = {view.round.id for view in every if _names_itself(view)}
    known = [view for view in every if not leaves_out_named or view.round.id not in named]
    of_pair = [blind(view) for view in known]
    rows = _rows(known, (first, second), stored.tags)
    counted = [row for row in rows if not row.is_repeat]
    winners = Counter(row.winner for row in counted)
    left_picks = sum(
        view.vote.choice == "A"
        for view, row in zip(of_pair, rows, strict=True)
        if not row.is_repeat
    )
    wins, losses = winners["tuned"], winners["base"]
    verdict = judge(
        wins=wins,
        losses=losses,
        ties=winners["tie"],
        both_bad=winners["both_bad"],
        left_picks=left_picks,
    )
    judged = {view.round.id for view in of_pair}
    samples = _samples(stored.answered, (first, second))
    best, worst = best_and_worst(one for round_id, one in samples if round_id in judged)
    to_decide = votes_to_decide(wins, losses) if wins + losses else None
    return ResultsView(
        base_label=first.label,
        tuned_label=second.label,
        verdict=verdict,
        votes=rows[::-1],
        by_reason=_groups(counted, lambda row: row.reasons),
        by_tag=_groups(counted, lambda row: row.tags),
        seat=seat_bias(left_picks, wins + losses),
        length=length_effect(_lengths(counted)),
        n_changed=sum(row.changed_to is not None for row in counted),
        consistency=consistency(_repeats(of_pair, rows)),
        n_named=len(named),
        n_identical=_n_identical(counted, stored, (first, second)),
        to_decide=to_decide,
        to_narrow=_narrower(wins, losses) if to_decide == 0 else None,
        measures=measure([one for _, one in samples], stored.loss),
        n_measured=len(samples),
        best=best,
        worst=worst,
        ranks=ranked(stored.votes),
        rated=summaries_of(stored.ratings),
    )


def _names_itself(view: VoteView) -> bool:
    """Whether an answer says who gave it, so that the vote was not quite blind."""
    names = [name for who in _pair(view.round) for name in (who.label, who.model)]
    return any(names_itself(answer.text, names) for answer in view.answers.values())


def _n_identical(counted: Sequence[VoteRow], stored: Stored, pair: Pair) -> int:
    """Prompts with the same answer from both, judged a tie or never shown for it."""
    n_skipped = sum(one.ended == "identical" and _is_of(one, pair) for one, _ in stored.answered)
    return n_skipped + sum(row.base_text == row.tuned_text for row in counted)


def ranked(votes: Sequence[VoteView]) -> list[Rank]:
    """Every model that has votes, the strongest first; [] where there are two or fewer.

    The bootstrap's seed is that of the first round, which the ledger keeps.
    """
    firsts = [blind(view) for view, is_repeat in marked(votes) if not is_repeat]
    models = list(dict.fromkeys(one for view in firsts for one in _pair(view.round)))
    if len(models) < FEWEST_MODELS_TO_RANK:
        return []
    numbers = {model: number for number, model in enumerate(models)}
    matches: list[Match] = [
        (numbers[view.round.first], numbers[view.round.second], _points(view)) for view in firsts
    ]
    found = standings(matches, len(models), firsts[0].round.seed)
    return [
        Rank(
            label=models[one.model].label,
            kind=models[one.model].kind,
            chance=one.chance,
            low=one.low,
            high=one.high,
            n_votes=one.n_votes,
        )
        for one in found
    ]


def blind(view: VoteView) -> VoteView:
    """The vote as it was before the reveal."""
    return msgspec.structs.replace(view, vote=view.original or view.vote, original=None)


def repeats_left_out(votes: Iterable[VoteView]) -> list[VoteView]:
    """The first vote on each pair of answers."""
    return [view for view, is_repeat in marked(votes) if not is_repeat]


def last_question(messages: Sequence[Mapping[str, Any]]) -> str:
    """The last user text, "" without one."""
    asked = [message for message in messages if role_of(message) == "user"]
    return text_of(asked[-1]) if asked else ""


def winner_of(view: VoteView, second: Contender) -> Winner:
    """Who won, in the terms of a pair whose tuned model is `second`."""
    if view.vote.choice == "tie":
        return "tie"
    if view.vote.choice == "both_bad":
        return "both_bad"
    return "tuned" if view.winner == second else "base"


def _pair(of: RoundRecord) -> Pair:
    return of.first, of.second


def _is_of(of: RoundRecord, pair: Pair) -> bool:
    return {of.first, of.second} == set(pair)


def _what(view: VoteView) -> tuple[object, ...]:
    """What was judged: the same again is a repeat, also when the sides are swapped."""
    said = {(one, view.answer_of(one).text) for one in _pair(view.round)}
    asked = msgspec.json.encode(view.round.messages)
    return asked, frozenset(said)


def marked(votes: Iterable[VoteView]) -> list[tuple[VoteView, bool]]:
    """Each vote, oldest first, with whether its answers had one before."""
    seen: set[object] = set()
    marked = []
    for view in votes:
        what = _what(view)
        marked.append((view, what in seen or view.round.repeats is not None))
        seen.add(what)
    return marked


def _rows(views: Sequence[VoteView], pair: Pair, tags: Tags) -> list[VoteRow]:
    return [_row(view, is_repeat, pair, tags) for view, is_repeat in marked(views)]


def _row(known: VoteView, is_repeat: bool, pair: Pair, tags: Tags) -> VoteRow:
    first, second = pair
    view = blind(known)
    return VoteRow(
        prompt=last_question(view.round.messages),
        base_text=view.answer_of(first).text,
        tuned_text=view.answer_of(second).text,
        winner=winner_of(view, second),
        reasons=list(view.vote.reasons),
        note=view.vote.note,
        at_ms=view.vote.created_at_ms,
        round_id=view.round.id,
        prompt_digest=view.round.source_digest,
        kind=view.round.kind,
        tags=tags.get(view.round.source_digest or "", ()),
        is_repeat=is_repeat,
        changed_to=winner_of(known, second) if known.original is not None else None,
    )


def _groups(rows: Sequence[VoteRow], names_of: Callable[[VoteRow], Iterable[str]]) -> list[Group]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for name in dict.fromkeys(names_of(row)):
            counts.setdefault(name, Counter())[row.winner] += 1
    return grouped(
        (name, c["tuned"], c["base"], c["tie"] + c["both_bad"]) for name, c in counts.items()
    )


def _lengths(rows: Iterable[VoteRow]) -> list[tuple[int, int, bool]]:
    decided = (row for row in rows if row.winner in ("tuned", "base"))
    return [(len(row.tuned_text), len(row.base_text), row.winner == "tuned") for row in decided]


def _repeats(
    views: Sequence[VoteView], rows: Sequence[VoteRow]
) -> list[tuple[Winner, Winner, bool]]:
    """The first vote on each pair of answers with each later one."""
    firsts: dict[object, tuple[VoteView, VoteRow]] = {}
    found = []
    for view, row in zip(views, rows, strict=True):
        what = _what(view)
        if what not in firsts:
            firsts[what] = (view, row)
            continue
        view_before, before = firsts[what]
        same_seat = view.vote.choice == view_before.vote.choice
        found.append((before.winner, row.winner, same_seat))
    return found


def _samples(answered: Sequence[Answered], pair: Pair) -> list[tuple[str, Sample]]:
    """The held-out prompts both answered, by the id of the round; of several rounds the last."""
    first, second = pair
    found: dict[str, tuple[str, Sample]] = {}
    for record, answers in answered:
        if record.source_digest is None or not _is_of(record, pair) or record.ended == "abandoned":
            continue
        sample = Sample(
            prompt=last_question(record.messages),
            prompt_digest=record.source_digest,
            reference=record.reference,
            base=answers[record.seat_of(first)],
            tuned=answers[record.seat_of(second)],
        )
        found[record.source_digest] = (record.id, sample)
    return list(found.values())


def _points(view: VoteView) -> float:
    if view.winner is None:
        return 0.5
    return 1.0 if view.winner == view.round.first else 0.0


def _narrower(wins: int, losses: int) -> tuple[int, float] | None:
    """Votes that make the interval a fifth narrower, to whole points, and its half width then."""
    verdict = judge(wins=wins, losses=losses)
    half = round(_NARROWER * 100 * (verdict.high - verdict.low) / 2) / 100
    more = votes_to_narrow(wins, losses, half) if 0 < half < 0.5 else None
    return (more, half) if more else None
