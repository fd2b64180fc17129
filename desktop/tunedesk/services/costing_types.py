"""The table of prices."""

from __future__ import annotations

from datetime import date

import msgspec


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Training at a provider, and asking the result. None is unknown.

    `max_row_tokens`: a longer row is cut there, and billed as cut.
    """

    provider: str
    model: str
    label: str
    usd_per_million_trained_tokens: float
    max_row_tokens: int | None
    source: str
    note: str = ""
    usd_per_million_input_tokens: float | None = None
    usd_per_million_cached_tokens: float | None = None
    usd_per_million_output_tokens: float | None = None


class PriceTable(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: the day on which the prices were looked at."""

    as_of: date
    prices: list[Price]
