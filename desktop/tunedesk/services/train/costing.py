"""What training on a dataset takes: tokens by side, time here, price elsewhere. All estimates."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import compress
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tunedesk.core import auto
from tunedesk.core.auto import Resolved, ResolvedDpo
from tunedesk.core.cost import billed_tokens, cost_usd, likely_epochs
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.core.model_limits import limit_of
from tunedesk.core.model_size import billions_in
from tunedesk.core.pace import waited_s
from tunedesk.providers.profiles import LOCAL
from tunedesk.services.dataset.row_facts import N_BINS, NOT_COUNTED
from tunedesk.services.dataset.session import Marks
from tunedesk.services.dataset.splitter import SIDES
from tunedesk.services.project.project import Project
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.train.costing_types import Price, PriceTable

Part = Literal["all", "train", "test"]

SHIPPED_MODEL = "smollm2-135m-instruct"

_STEP_ROWS = 20_000
_IS_SIDE = {
    side: bytes(number == SIDES.index(side) for number in range(256)) for side in ("train", "test")
}
"""For bytes.translate: 1 where a row is on this side."""


def load_prices(folder: Path | None = None) -> PriceTable:
    """The person's own table of prices if there is one, else the shipped one. Blocking."""
    return read_table(PriceTable, folder)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A side's rows by their tokens. Rows nobody counted yet are in `n_rows` alone."""

    n_rows: int
    rows_by_tokens: dict[int, int]
    trained_tokens: int

    @property
    def n_counted(self) -> int:
        return sum(self.rows_by_tokens.values())

    @property
    def tokens(self) -> int:
        return sum(tokens * n for tokens, n in self.rows_by_tokens.items())

    @property
    def longest_tokens(self) -> int:
        return max(self.rows_by_tokens, default=0)

    @property
    def shortest_tokens(self) -> int:
        return min(self.rows_by_tokens, default=0)

    def n_over(self, limit_tokens: int | None) -> int:
        """Rows that are longer than that."""
        if limit_tokens is None:
            return 0
        return sum(n for tokens, n in self.rows_by_tokens.items() if tokens > limit_tokens)

    def billed(self, limit_tokens: int | None) -> int:
        """Tokens of one epoch, as `core.cost.billed_tokens`."""
        return sum(
            billed_tokens([tokens], limit_tokens) * n for tokens, n in self.rows_by_tokens.items()
        )

    def histogram(self) -> list[int]:
        """Rows in N_BINS bins of equal width from the shortest row to the longest."""
        bins = [0] * N_BINS
        low = self.shortest_tokens
        width = max(self.longest_tokens - low, 1)
        for tokens, n in self.rows_by_tokens.items():
            bins[min((tokens - low) * N_BINS // width, N_BINS - 1)] += n
        return bins


def spread_of(marks: Marks, part: Part) -> Spread:
    """Of all rows or one side. Takes about 0.3 s for a million rows: not for the GUI thread.

    In steps that are short: no thread runs while C counts a list.
    """
    by_tokens: Counter[int] = Counter()
    n_rows = n_unknown = trained_sum = 0
    for start in range(0, len(marks.tokens), _STEP_ROWS):
        here = slice(start, start + _STEP_ROWS)
        tokens, trained = marks.tokens[here], marks.trained[here]
        if part != "all":
            is_there = marks.sides[here].translate(_IS_SIDE[part])
            tokens = array(tokens.typecode, compress(tokens, is_there))
            trained = array(trained.typecode, compress(trained, is_there))
        by_tokens.update(tokens)
        n_rows += len(tokens)
        n_unknown += trained.count(NOT_COUNTED)
        trained_sum += sum(trained)
    by_tokens.pop(NOT_COUNTED, None)
    return Spread(
        n_rows=n_rows,
        rows_by_tokens=dict(by_tokens),
        trained_tokens=trained_sum - NOT_COUNTED * n_unknown,
    )


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """`local_s` is None where there is nothing to train on."""

    n_epochs: int
    trained_tokens: int
    local_s: float | None


class MeasuredRate(NamedTuple):
    """How fast this computer trained a base model: all tokens of the rows, not the replies'."""

    tokens_per_s: float
    base_model: str


def seconds_here(
    *,
    n_rows: int,
    tokens: int,
    resolved: Resolved | ResolvedDpo,
    model: str,
    rate: MeasuredRate | None = None,
) -> float | None:
    """Wall time of training on this computer; `tokens` are all those of one epoch, as the model
    itself counts them.

    A rate measured with the same base model counts most; else what was measured with the shipped
    one, by the size that the model's name tells. None without rows, or if neither is known.
    """
    if not n_rows:
        return None
    if rate is not None and rate.base_model == model:
        return auto.START_AND_END_S + tokens * resolved.n_epochs / rate.tokens_per_s
    billions = billions_in(model)
    if billions is None:
        return None
    steps = auto.n_steps(n_rows, resolved)
    times_larger = billions / auto.MEASURED_BILLIONS
    mean_tokens = tokens / n_rows if tokens else auto.MEASURED_ROW_TOKENS
    return auto.local_seconds(steps, resolved.batch_size, mean_tokens, times_larger)


def model_here(rate: MeasuredRate | None) -> str:
    """The one that was trained here last, or the one that comes with the app."""
    return rate.base_model if rate is not None else SHIPPED_MODEL


def counted_limit(model: str, times_own: float) -> int | None:
    """After how many of the tokens that were counted a model here cuts a row of which it makes
    `times_own` as many; None where nobody knows."""
    limit = limit_of(model)
    return None if limit is None else round(limit.limit_tokens / times_own)


def estimate(
    spread: Spread,
    rate: MeasuredRate | None = None,
    *,
    is_pairs: bool = False,
    times_own: float = 1.0,
) -> Estimate:
    """Training `model_here` with everything left to "auto", by preferences where the rows are
    pairs; that model makes `times_own` as many tokens of the rows as were counted."""
    n_rows = max(1, spread.n_rows)
    resolved: Resolved | ResolvedDpo = auto.resolve(Hyperparameters(), n_rows)
    if is_pairs:
        resolved = auto.resolve_dpo(DpoHyperparameters(), n_rows)
    model = model_here(rate)
    mean_tokens = spread.billed(counted_limit(model, times_own)) / max(1, spread.n_counted)
    seconds = seconds_here(
        n_rows=spread.n_rows,
        tokens=round(mean_tokens * spread.n_rows * times_own),
        resolved=resolved,
        model=model,
        rate=rate,
    )
    trained = spread.trained_tokens * resolved.n_epochs
    return Estimate(n_epochs=resolved.n_epochs, trained_tokens=trained, local_s=seconds)


def price_of(spread: Spread, price: Price) -> tuple[float, int]:
    """US dollars and the epochs they are for: Σ min(limit, tokens) × epochs × price."""
    n_epochs = likely_epochs(spread.n_rows)
    tokens = spread.billed(price.max_row_tokens)
    return cost_usd(tokens, n_epochs, price.usd_per_million_trained_tokens), n_epochs


async def measured_rate(project: Project, base_model: str = "") -> MeasuredRate | None:
    """Of this project's last finished run on this computer, of that base model if one is named;
    without what it waited for, as while it was paused."""
    for job in await project.in_ledger(lambda ledger: ledger.jobs()):
        state, started = job.state, job.started_at_ms
        if job.provider_id != LOCAL or job.status != "succeeded" or state is None:
            continue
        if base_model not in ("", job.base_model):
            continue
        if started is None or job.finished_at_ms is None or not state.trained_tokens:
            continue
        took_s = (job.finished_at_ms - started) / 1000
        seconds = took_s - await _waited_s(project, job.local_id, started) - auto.START_AND_END_S
        if seconds > 0:
            return MeasuredRate(state.trained_tokens / seconds, job.base_model)
    return None


async def _waited_s(project: Project, local_id: str, started_at_ms: int) -> float:
    """What a job that had started waited for."""
    events = await project.in_ledger(lambda ledger: ledger.events(local_id))
    times_s = (event.created_at_s for event in events)
    return waited_s(at_s for at_s in times_s if at_s * 1000 >= started_at_ms)
