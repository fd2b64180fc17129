"""What a fine-tune costs at a service that bills by tokens, and its model. Always an estimate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

HostingUnit = Literal["hour", "day"]

_A_MONTH: dict[HostingUnit, float] = {"hour": 730.0, "day": 365 / 12}
_WANTED_EPOCHS = 3
_MIN_EXAMPLES, _MAX_EXAMPLES = 100, 25_000
_MAX_EPOCHS = 25


def billed_tokens(row_tokens: Iterable[int], limit_tokens: int | None = None) -> int:
    """Tokens of one epoch; a row above the model's limit is cut there, and billed as cut."""
    if limit_tokens is None:
        return sum(row_tokens)
    return sum(min(n_tokens, limit_tokens) for n_tokens in row_tokens)


def likely_epochs(n_rows: int) -> int:
    """The epochs a service may choose for "auto".

    OpenAI's cookbook, "Data preparation and analysis for chat model fine-tuning"; the service's
    own rule is not published.
    """
    if n_rows <= 0:
        return _WANTED_EPOCHS
    seen = n_rows * _WANTED_EPOCHS
    if seen < _MIN_EXAMPLES:
        return min(_MAX_EPOCHS, _MIN_EXAMPLES // n_rows)
    return max(1, _MAX_EXAMPLES // n_rows) if seen > _MAX_EXAMPLES else _WANTED_EPOCHS


def cost_usd(epoch_tokens: int, n_epochs: int, usd_per_million_tokens: float) -> float:
    """Price of the whole run; 0.0 where training is free, as on this computer."""
    return epoch_tokens * n_epochs * usd_per_million_tokens / 1_000_000


def conversation_usd(
    read_tokens: float,
    written_tokens: float,
    usd_per_million_input_tokens: float | None,
    usd_per_million_output_tokens: float | None,
) -> float | None:
    """One question and its answer, nothing of it cached; None where a price is unknown."""
    if usd_per_million_input_tokens is None or usd_per_million_output_tokens is None:
        return None
    read_usd = read_tokens * usd_per_million_input_tokens
    return (read_usd + written_tokens * usd_per_million_output_tokens) / 1_000_000


def month_usd(usd: float, unit: HostingUnit) -> float:
    """What a price by the hour or by the day adds up to in an average month."""
    return usd * _A_MONTH[unit]
