"""What is known of a project, as the Guide and its advice need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tunedesk.core.curves import ReadingCode

FEWEST_ROWS = 10
"""Providers take no fewer rows to learn from."""

GOOD_START_ROWS = 50
MANY_ROWS = 100
"""50 to 100 good rows are a start that shows whether more of them are worth writing."""

FEW_OF_TOPIC = 5
FEW_TEST_ROWS = 10
LEAST_TEST_SHARE, MOST_TEST_SHARE = 0.10, 0.30
ENOUGH_VOTES = 40

Outcome = Literal["better", "worse", "undecided", "no_votes"]


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A tag, and how many rows have it on each side of the split."""

    name: str
    n_train: int
    n_test: int

    @property
    def n_rows(self) -> int:
        return self.n_train + self.n_test


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The dataset that is open. Rows set aside are in none of the counts but `n_rows`."""

    name: str
    n_rows: int
    n_train: int
    n_test: int
    n_errors: int = 0
    n_leaks: int = 0
    topics: tuple[Topic, ...] = ()

    @property
    def n_used(self) -> int:
        return self.n_train + self.n_test

    @property
    def test_share(self) -> float:
        return self.n_test / self.n_used if self.n_used else 0.0


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A fine-tune. `best_step` is where held-out loss was lowest, 0 if nobody told."""

    local_id: str
    name: str
    status: str
    reading: ReadingCode
    best_step: int = 0


class VoteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The pair that was judged last. `lost` names measures in which the tuned model is worse."""

    base: str
    tuned: str
    n_votes: int
    wins: int
    losses: int
    outcome: Outcome
    lost: tuple[str, ...] = ()

    def named(self, measures: Sequence[str]) -> VoteFacts:
        """The same, with measures as the window calls them."""
        return msgspec.structs.replace(self, lost=tuple(measures))


class GuideFacts(msgspec.Struct, frozen=True, kw_only=True):
    """None where there is nothing yet. `newest` is the fine-tune that was started last."""

    data: DataFacts | None = None
    newest: JobFacts | None = None
    n_tuned: int = 0
    votes: VoteFacts | None = None
