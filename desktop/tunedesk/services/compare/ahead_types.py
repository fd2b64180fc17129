"""The held-out run: what it would take, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from tunedesk.core.chat import ChatSettings
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.compare.seating import Pair
from tunedesk.services.work.pausable_run import RunState


class AheadOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Prompts of a test set against what two models said before.

    `missing` can be asked without a second thought; of `doubtful` ones an answer broke off or was
    lost that may have been paid for; `at_limit` ones were cut at `limit_met_tokens` or more, and
    can be asked only with more than that. `usd` and `usd_again` are what asking them may cost
    (None: unknown, 0.0: nothing is billed), at the prices of `as_of`; tokens are of both models
    together.
    """

    pair: Pair
    settings: ChatSettings
    missing: Sequence[HeldOutPrompt]
    doubtful: Sequence[HeldOutPrompt]
    at_limit: Sequence[HeldOutPrompt] = ()
    limit_met_tokens: int = 0
    n_ready: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    usd_again: float | None
    as_of: date
    is_paid: bool

    @property
    def n_to_ask(self) -> int:
        return len(self.missing)


class AheadState(RunState, frozen=True, kw_only=True):
    """Tells nothing of a seat."""

    n_identical: int = 0
    n_cut_off: int = 0
