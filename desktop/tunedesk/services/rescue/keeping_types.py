"""Keeping a tuned model's answers: what is offered, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.work.pausable_run import RunState

__all__ = [
    "KEEP_SETTINGS",
    "HeldOutPrompt",
    "KeepCost",
    "KeepOffer",
    "KeepOffers",
    "KeepState",
    "total_cost",
]

KEEP_SETTINGS = ChatSettings(temperature=0.0, max_tokens=1024)
"""As a model is asked for keeping: its likeliest answer, and room for a long one."""


class KeepCost(msgspec.Struct, frozen=True, kw_only=True):
    """Of some prompts: tokens that are sent, and of the answers, estimated by the replies of the
    rows. `usd` is None where the price is unknown, 0.0 where nothing is billed."""

    n_prompts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0


class KeepOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A tuned model or checkpoint (`kind`) and the chosen prompts. `missing` were never asked;
    `again` were, and the answer was lost or cut off: they may have been paid for.

    `last_day` with the `days_left` until then, negative once it is over; None where no end is
    known.
    """

    provider_id: str
    provider: str
    model: str
    label: str
    kind: str = "tuned"
    n_prompts: int
    missing: Sequence[HeldOutPrompt]
    again: Sequence[HeldOutPrompt] = ()
    n_whole: int = 0
    n_too_long: int = 0
    n_refused: int = 0
    n_cut_off: int = 0
    n_lost: int = 0
    last_day: date | None = None
    days_left: int | None = None
    cost: KeepCost = KeepCost()
    cost_again: KeepCost = KeepCost()

    @property
    def is_extra(self) -> bool:
        """A checkpoint is asked only if the person wants that, too."""
        return self.kind == "checkpoint"

    @property
    def has_ended(self) -> bool:
        return self.days_left is not None and self.days_left < 0

    @property
    def can_be_asked(self) -> bool:
        return not self.has_ended and bool(self.missing)

    @property
    def n_kept(self) -> int:
        """Prompts with an answer, or with a refusal in its place."""
        return self.n_whole + self.n_too_long + self.n_refused


class KeepOffers(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: the day of the table of prices."""

    models: Sequence[KeepOffer]
    as_of: date


class KeepState(RunState, frozen=True, kw_only=True):
    """Of all its models; `label` is the one asked now. `problems` by label: models that could not
    be asked."""

    provider_id: str = ""
    label: str = ""
    problems: Mapping[str, TunedeskError] = {}


def total_cost(costs: Iterable[KeepCost]) -> KeepCost:
    """All of them together; the price of all is unknown if one is."""
    found = list(costs)
    usd = [cost.usd for cost in found]
    return KeepCost(
        n_prompts=sum(cost.n_prompts for cost in found),
        input_tokens=sum(cost.input_tokens for cost in found),
        output_tokens=sum(cost.output_tokens for cost in found),
        usd=None if None in usd else sum(one or 0.0 for one in usd),
    )
