"""What a comparison is to the person who judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer
from tunedesk.core.errors import TunedeskError
from tunedesk.store.records import Contender


class HeldOutPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the test split as a question: what is asked, what the row answers, its digest."""

    messages: Sequence[Mapping[str, Any]]
    reference: str
    digest: str


class PromptSet(msgspec.Struct, frozen=True, kw_only=True):
    """What two models are asked one after another.

    `is_kept_alone`: one of them has kept answers and nothing else, so that it can be asked only
    these. They are of the dataset's test rows (`is_of_test`), `n_skipped` others of which it was
    never asked; else they are all that was kept.
    """

    prompts: Sequence[HeldOutPrompt]
    n_skipped: int = 0
    is_kept_alone: bool = False
    is_of_test: bool = True


class Reveal:
    """Who sat where; exists only after the vote, or after the round was given up.

    `winner` is None for a tie, both bad, or no vote; `problems` holds what went wrong at a seat,
    in full words.
    """

    def __init__(
        self,
        *,
        answers: Mapping[Seat, Answer],
        contenders: Mapping[Seat, Contender],
        winner: Contender | None,
        problems: Mapping[Seat, TunedeskError],
    ) -> None:
        self.answers = answers
        self.contenders = contenders
        self.winner = winner
        self.problems = problems

    @property
    def labels(self) -> dict[Seat, str]:
        """The names to show."""
        return {seat: contender.label for seat, contender in self.contenders.items()}
