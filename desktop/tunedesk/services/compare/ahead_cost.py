"""What asking both models ahead of time may cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tunedesk.core.cost import conversation_usd
from tunedesk.core.tokens import TokenCounter
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.train.costing_types import PriceTable
from tunedesk.services.train.price_lookup import price_for

_REPLY_TOKENS = 200
"""Guess for an answer where the row has no reply to go by."""


class Asks(NamedTuple):
    """What one model is still to be asked."""

    profile: Profile
    model: str
    prompts: Sequence[HeldOutPrompt]


class Bill(NamedTuple):
    """Tokens to send and of the answers; `usd` is None where a price is unknown."""

    input_tokens: int
    output_tokens: int
    usd: float | None


def is_free(profile: Profile) -> bool:
    """Our own engines bill nothing, wherever they run."""
    return profile.has_previews


def bill_of(asks: Sequence[Asks], table: PriceTable, counter: TokenCounter) -> Bill:
    """All of it together, the answers estimated by the replies of the rows."""
    n_in = n_out = 0
    usd: float | None = 0.0
    for one in asks:
        sent = sum(counter.conversation(prompt.messages) for prompt in one.prompts)
        said = sum(_reply_tokens(prompt, counter) for prompt in one.prompts)
        n_in, n_out = n_in + sent, n_out + said
        cost = _usd(one, table, sent, said)
        usd = usd + cost if usd is not None and cost is not None else None
    return Bill(n_in, n_out, usd)


def _reply_tokens(prompt: HeldOutPrompt, counter: TokenCounter) -> int:
    return counter.count(prompt.reference) if prompt.reference else _REPLY_TOKENS


def _usd(asks: Asks, table: PriceTable, sent: int, said: int) -> float | None:
    if is_free(asks.profile) or not asks.prompts:
        return 0.0
    price = price_for(table, asks.profile, asks.model)
    if price is None:
        return None
    usd_in, usd_out = price.usd_per_million_input_tokens, price.usd_per_million_output_tokens
    return conversation_usd(sent, said, usd_in, usd_out)
