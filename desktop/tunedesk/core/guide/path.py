"""The way from "is a better prompt enough?" to "it is better, and here is the proof"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tunedesk.core.curves import ReadingCode
from tunedesk.core.guide.facts import (
    ENOUGH_VOTES,
    FEW_OF_TOPIC,
    FEW_TEST_ROWS,
    FEWEST_ROWS,
    GOOD_START_ROWS,
    LEAST_TEST_SHARE,
    MOST_TEST_SHARE,
    DataFacts,
    GuideFacts,
    JobFacts,
    Topic,
    VoteFacts,
)
from tunedesk.core.guide.questions import Decision

StepId = Literal["should", "data", "split", "base", "train", "compare", "improve"]
Args = Mapping[str, str | int]

_NOTHING: Args = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the way. `code` and `args` name the sentence on where it stands."""

    id: StepId
    is_done: bool
    code: str
    args: Args = _NOTHING


def steps_of(facts: GuideFacts, decision: Decision | None) -> list[Step]:
    """All seven steps, in their order."""
    return [
        _should(decision),
        _data(facts.data),
        _split(facts.data),
        _base(facts),
        _train(facts.newest, facts.n_tuned),
        _compare(facts.votes),
        _improve(facts.votes),
    ]


def next_of(steps: Sequence[Step]) -> Step | None:
    """The first step that is not done; None once all are."""
    return next((step for step in steps if not step.is_done), None)


def thin_topics(data: DataFacts) -> list[Topic]:
    """Topics with too few rows to learn from, the thinnest first."""
    thin = [topic for topic in data.topics if topic.n_rows < FEW_OF_TOPIC]
    return sorted(thin, key=lambda topic: (topic.n_rows, topic.name))


def one_sided_topics(data: DataFacts) -> list[Topic]:
    """Topics that are only learned, or only asked; none where a side has no rows at all."""
    if not data.n_train or not data.n_test:
        return []
    return [topic for topic in data.topics if (topic.n_train == 0) != (topic.n_test == 0)]


def _should(decision: Decision | None) -> Step:
    if decision is None:
        return Step(id="should", is_done=False, code="should_open")
    return Step(
        id="should", is_done=decision.outcome == "fine_tune", code=f"should_{decision.outcome}"
    )


def _data(data: DataFacts | None) -> Step:
    if data is None or not data.n_used:
        return Step(id="data", is_done=False, code="data_none")
    args: Args = {"n": data.n_used, "missing": max(0, GOOD_START_ROWS - data.n_used)}
    if data.n_errors:
        return Step(id="data", is_done=False, code="data_errors", args={"n": data.n_errors})
    if data.n_used < FEWEST_ROWS:
        return Step(id="data", is_done=False, code="data_too_few", args=args)
    if data.n_used < GOOD_START_ROWS:
        return Step(id="data", is_done=False, code="data_few", args=args)
    return Step(id="data", is_done=True, code="data_good", args=args)


def _split(data: DataFacts | None) -> Step:
    if data is None or not data.n_used:
        return Step(id="split", is_done=False, code="split_none")
    test = round(100 * data.test_share)
    args: Args = {"train": 100 - test, "test": test, "n": data.n_test}
    if not data.n_test:
        return Step(id="split", is_done=False, code="split_no_test")
    if data.n_leaks:
        return Step(id="split", is_done=False, code="split_leaks", args={"n": data.n_leaks})
    if not LEAST_TEST_SHARE <= data.test_share <= MOST_TEST_SHARE:
        return Step(id="split", is_done=False, code="split_uneven", args=args)
    if data.n_test < FEW_TEST_ROWS:
        return Step(id="split", is_done=True, code="split_small", args=args)
    return Step(id="split", is_done=True, code="split_good", args=args)


def _base(facts: GuideFacts) -> Step:
    if facts.newest is not None:
        return Step(id="base", is_done=True, code="base_chosen")
    return Step(id="base", is_done=False, code="base_open")


def _train(job: JobFacts | None, n_tuned: int) -> Step:
    if job is None:
        return Step(id="train", is_done=False, code="train_open")
    args: Args = {"name": job.name, "step": job.best_step}
    if job.status == "succeeded":
        return Step(id="train", is_done=True, code=_READ[job.reading], args=args)
    code = "train_failed" if job.status in ("failed", "cancelled") else "train_running"
    return Step(id="train", is_done=n_tuned > 0, code=code, args=args)


_READ = {
    ReadingCode.TOO_EARLY: "train_unread",
    ReadingCode.NO_HELD_OUT: "train_blind",
    ReadingCode.STILL_FALLING: "train_falling",
    ReadingCode.FLAT: "train_flat",
    ReadingCode.TURNED_UP: "train_turned_up",
}


def _compare(votes: VoteFacts | None) -> Step:
    if votes is None or not votes.n_votes:
        return Step(id="compare", is_done=False, code="compare_open", args={"n": ENOUGH_VOTES})
    args: Args = {"n": votes.n_votes, "missing": max(0, ENOUGH_VOTES - votes.n_votes)}
    if votes.outcome in ("better", "worse"):
        return Step(id="compare", is_done=True, code="compare_decided", args=args)
    is_done = votes.n_votes >= ENOUGH_VOTES
    return Step(
        id="compare",
        is_done=is_done,
        code="compare_level" if is_done else "compare_few",
        args=args,
    )


def _improve(votes: VoteFacts | None) -> Step:
    if votes is None or votes.outcome == "no_votes":
        return Step(id="improve", is_done=False, code="improve_open")
    args: Args = {"wins": votes.wins, "losses": votes.losses}
    if votes.outcome == "better" and votes.lost:
        return Step(id="improve", is_done=False, code="improve_mixed")
    is_done = votes.outcome == "better"
    return Step(id="improve", is_done=is_done, code=f"improve_{votes.outcome}", args=args)
