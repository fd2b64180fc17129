"""Better, worse, or not known: the one sentence that everything else is there to support."""

from __future__ import annotations

from typing import Literal

import msgspec

from tunedesk.core.statistics.proportions import SIGNIFICANCE, share_of

Outcome = Literal["better", "worse", "undecided", "no_votes"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Votes on the second contender (tuned) against the first (base).

    `n_votes` counts every vote; `share` is wins / (wins + losses), None if nobody won a round;
    `low` and `high` bound it (Wilson, 95 %; 0 and 1 without a decided vote); `p_value` is the
    two-sided sign test's; `left_share` is how often the answer in seat A won a decided round
    (None without one): far from one half, the seat was judged and not the answer.
    `half_point_share` counts each tie and each both-bad vote as half a win, None without a vote.
    """

    n_votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    share: float | None
    low: float
    high: float
    p_value: float
    outcome: Outcome
    left_share: float | None
    half_point_share: float | None

    @property
    def n_decided(self) -> int:
        """Votes that chose one of the two."""
        return self.wins + self.losses


def judge(
    *, wins: int, losses: int, ties: int = 0, both_bad: int = 0, left_picks: int = 0
) -> Verdict:
    """Verdict on counted votes. `left_picks`: decided votes that went to the answer in seat A.

    "better" and "worse" need a sign test below 0.05. Ties and both-bad votes are set aside, as
    W. J. Dixon and A. M. Mood do (1946, see `sign_test`): they say nothing about which is better.
    Counting them as half a win instead (the half-point share, as chess does) pulls the share
    towards one half; it is there to be shown beside, and no test rests on it.
    """
    decided = share_of(wins, wins + losses)
    even = ties + both_bad
    n_votes = decided.n + even
    return Verdict(
        n_votes=n_votes,
        wins=wins,
        losses=losses,
        ties=ties,
        both_bad=both_bad,
        share=decided.value,
        low=decided.low,
        high=decided.high,
        p_value=decided.p_value,
        outcome=_outcome(n_votes, wins, losses, decided.p_value),
        left_share=left_picks / decided.n if decided.n else None,
        half_point_share=(wins + even / 2) / n_votes if n_votes else None,
    )


def _outcome(n_votes: int, wins: int, losses: int, p_value: float) -> Outcome:
    if n_votes == 0:
        return "no_votes"
    if p_value >= SIGNIFICANCE:
        return "undecided"
    return "better" if wins > losses else "worse"
