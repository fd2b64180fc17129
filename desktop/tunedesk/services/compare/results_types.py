"""What the votes on two models say, as the page of results shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tunedesk.core.measures import Measure, Scored
from tunedesk.core.statistics import Consistency, Group, LengthEffect, Share, Verdict
from tunedesk.services.compare.rated import Rated
from tunedesk.store.records import Contender, RoundKind

Winner = Literal["base", "tuned", "tie", "both_bad"]
Pair = tuple[Contender, Contender]


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One vote. `prompt` is the last user text; "base" and "tuned" are first and second.

    `prompt_digest` is that of the row it came from, None where it was typed. `is_repeat`: this
    pair of answers had a vote before, so that it counts for the rater's steadiness alone.
    `winner`, reasons and note are those of the blind vote; `changed_to` is the winner where it was
    changed after the reveal.
    """

    prompt: str
    base_text: str
    tuned_text: str
    winner: Winner
    reasons: list[str]
    note: str
    at_ms: int
    round_id: str = ""
    prompt_digest: str | None = None
    kind: RoundKind = "free"
    tags: tuple[str, ...] = ()
    is_repeat: bool = False
    changed_to: Winner | None = None


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """One model among all that have votes. `chance` is that it beats one of average strength,
    with a 95 % interval; `n_votes` it took part in."""

    label: str
    kind: str
    chance: float
    low: float
    high: float
    n_votes: int


class ResultsView(msgspec.Struct, frozen=True, kw_only=True):
    """The votes on a pair, and the measures of their answers.

    Everything but `votes` leaves out repeats. `n_changed` votes were changed after the reveal. In
    `n_named` votes, also where they are left out, an answer says who gave it.
    `n_identical` votes were on two equal answers. `to_decide`: about so many more votes would
    decide it if the share stays (0: it is decided, None: nobody can tell, or too many).
    `to_narrow`: (votes, half width) that would make the interval narrower once it is decided.
    `ranks`: of all models, where there are more than two; `rated`: of all that were rated alone.
    `measured` held-out prompts went into the
    `measures`; `best` and `worst` are of judged ones.
    """

    base_label: str
    tuned_label: str
    verdict: Verdict
    votes: list[VoteRow]
    by_reason: list[Group] = []
    by_tag: list[Group] = []
    seat: Share
    length: LengthEffect
    consistency: Consistency
    n_identical: int = 0
    n_changed: int = 0
    n_named: int = 0
    to_decide: int | None = None
    to_narrow: tuple[int, float] | None = None
    measures: list[Measure] = []
    n_measured: int = 0
    best: list[Scored] = []
    worst: list[Scored] = []
    ranks: Sequence[Rank] = ()
    rated: Sequence[Rated] = ()
