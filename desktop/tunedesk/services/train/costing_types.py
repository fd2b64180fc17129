"""The table of prices, and what is worked out from it for a fine-tune."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from tunedesk.core.cost import HostingUnit, month_usd

HeldOut = Literal["none", "billed", "not_billed", "unknown"]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Training at a provider, and asking the result. None is unknown. All are US dollars.

    `max_row_tokens`: a longer row is cut there, and billed as cut. With
    `below_billion_parameters` it is the price of every model whose name tells a smaller size.
    `usd_per_million_…`: of asking the tuned model; `base_usd_per_million_…`: of asking its base,
    from `base_source` with its own date.
    `hosting_usd`: of keeping the tuned model ready, for each `hosting_unit`.
    """

    provider: str
    model: str
    label: str
    usd_per_million_trained_tokens: float
    max_row_tokens: int | None
    source: str
    note: str = ""
    below_billion_parameters: float | None = None
    usd_per_million_input_tokens: float | None = None
    usd_per_million_cached_tokens: float | None = None
    usd_per_million_output_tokens: float | None = None
    base_usd_per_million_input_tokens: float | None = None
    base_usd_per_million_output_tokens: float | None = None
    base_source: str = ""
    hosting_usd: float | None = None
    hosting_unit: HostingUnit = "hour"


class PriceTable(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: the day on which the prices were looked at."""

    as_of: date
    prices: list[Price]


class Hosting(msgspec.Struct, frozen=True, kw_only=True):
    """Keeping the tuned model ready; `usd` None: it is billed, nobody told the price."""

    usd: float | None
    unit: HostingUnit

    @property
    def month_usd(self) -> float | None:
        """What that is in an average month."""
        return None if self.usd is None else month_usd(self.usd, self.unit)


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The same rows on this computer, free. `seconds` is None where nothing tells how fast it is;
    `is_measured`: from a run of this project, else from measurements on two cores."""

    model: str
    seconds: float | None
    is_measured: bool
    n_epochs: int
    batch_size: int


class CostSheet(msgspec.Struct, frozen=True, kw_only=True):
    """All prices are US dollars and estimates; None is unknown.

    `is_free`: nobody bills anything there, and all prices are 0. `training_usd` has the held-out
    rows in it only where those are known to be billed; `most_usd` has them in any case.
    `billed_tokens` are those of all epochs: every token of a row counts, not the replies' alone.
    `hosting` is None where it is not billed apart, or where `is_hosting_known` is False.
    `read_tokens` and `written_tokens` are those of the average conversation, asked once: what
    stands before the replies, and the replies; `before_usd` and `after_usd` are its price with
    the base and with the tuned model. `source` and `as_of` belong to the line of the table that
    was used; "" and None where there is none.
    """

    is_free: bool
    training_usd: float | None
    most_usd: float | None
    billed_tokens: int
    held_out: HeldOut
    hosting: Hosting | None
    is_hosting_known: bool
    read_tokens: float
    written_tokens: float
    before_usd: float | None
    after_usd: float | None
    n_epochs: int
    are_epochs_guessed: bool
    batch_size: int | None
    here: Here
    source: str = ""
    base_source: str = ""
    note: str = ""
    as_of: date | None = None
