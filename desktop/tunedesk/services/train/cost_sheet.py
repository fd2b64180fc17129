"""What a fine-tune and its model cost where it is planned, and the time the same takes here."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tunedesk.core import auto
from tunedesk.core.cost import billed_tokens, conversation_usd, cost_usd
from tunedesk.core.jobs import Hyperparameters
from tunedesk.providers.profiles import Profile
from tunedesk.services.dataset.row_facts import Sendable
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.costing import MeasuredRate, counted_limit, model_here, seconds_here
from tunedesk.services.train.costing_types import (
    CostSheet,
    HeldOut,
    Here,
    Hosting,
    Price,
    PriceTable,
)
from tunedesk.services.train.plan_checks import resolved_for
from tunedesk.services.train.price_lookup import price_for
from tunedesk.services.train.training_types import FineTunePlan
from tunedesk.services.work.background import Background


class _Rows(NamedTuple):
    """The rows that would be sent, and what of them a provider counts in one epoch; `train_here`
    is what the model on this computer counts."""

    train: Sendable
    test: Sendable
    train_billed: int
    test_billed: int
    train_here: int


async def costs_of(
    plan: FineTunePlan,
    chosen: ChosenRows,
    profile: Profile,
    background: Background,
    prices: PriceTable,
    rate: MeasuredRate | None = None,
    times_own: float = 1.0,
) -> CostSheet:
    """The sheet of a plan, from checked sessions; the model here makes `times_own` as many tokens
    of the rows as were counted."""
    price = None if profile.has_previews else price_for(prices, profile, plan.base_model)
    limit = price.max_row_tokens if price is not None else None
    train, test = chosen.train.sendable, chosen.sendable_test
    tested = chosen.test or chosen.train
    train_billed = await _billed(train, chosen.train.session, limit, background)
    test_billed = await _billed(test, tested.session, limit, background)
    cut = counted_limit(trained_here(plan, profile, rate), times_own)
    read_here = await _billed(train, chosen.train.session, cut, background)
    rows = _Rows(train, test, train_billed, test_billed, round(read_here * times_own))
    return _Sheet(plan, profile, rows, price, rate).made(prices.as_of)


def trained_here(plan: FineTunePlan, profile: Profile, rate: MeasuredRate | None) -> str:
    """The plan's model if it is trained here; else the one that would be."""
    return plan.base_model if profile.is_local else model_here(rate)


async def _billed(
    side: Sendable, session: DatasetSession, limit: int | None, background: Background
) -> int:
    """Row by row, in a thread, only where a row is longer than the limit."""
    if limit is None or side.longest_tokens <= limit:
        return side.tokens
    tokens = session.marks().tokens
    counted = (max(0, tokens[row]) for row in side.rows)
    return await background.run(billed_tokens, counted, limit)


class _Sheet:
    """The sums of one sheet."""

    def __init__(
        self,
        plan: FineTunePlan,
        profile: Profile,
        rows: _Rows,
        price: Price | None,
        rate: MeasuredRate | None,
    ) -> None:
        self._plan, self._profile, self._rows = plan, profile, rows
        self._price, self._rate = price, rate
        self._is_free = profile.has_previews
        self._resolved = resolved_for(plan, profile, len(rows.train.rows))

    def made(self, as_of: date) -> CostSheet:
        held_out = self._held_out()
        read, written = self._conversation()
        train_tokens, test_tokens = self._rows.train_billed, self._rows.test_billed
        billed_tokens = train_tokens + (test_tokens if held_out == "billed" else 0)
        asked, price = self._plan.hyperparameters, self._price
        is_told = self._profile.has_previews or asked.batch_size != "auto"
        return CostSheet(
            is_free=self._is_free,
            training_usd=self._training_usd(billed_tokens),
            most_usd=self._training_usd(train_tokens + test_tokens),
            billed_tokens=billed_tokens * self._resolved.n_epochs,
            held_out=held_out,
            hosting=self._hosting(),
            is_hosting_known=self._is_hosting_known(),
            read_tokens=read,
            written_tokens=written,
            before_usd=self._asking_usd(is_tuned=False),
            after_usd=self._asking_usd(is_tuned=True),
            n_epochs=self._resolved.n_epochs,
            are_epochs_guessed=asked.n_epochs == "auto" and not self._profile.has_previews,
            batch_size=self._resolved.batch_size if is_told else None,
            here=self._here(),
            source=price.source if price else "",
            base_source=price.base_source if price else "",
            note=price.note if price else "",
            as_of=as_of if price else None,
        )

    def _held_out(self) -> HeldOut:
        if not self._rows.test.rows:
            return "none"
        billed = self._profile.validation_billed
        if billed is None and not self._is_free:
            return "unknown"
        return "billed" if billed else "not_billed"

    def _training_usd(self, epoch_tokens: int) -> float | None:
        if self._is_free:
            return 0.0
        if self._price is None or not self._rows.train.tokens:
            return None
        usd = self._price.usd_per_million_trained_tokens
        return cost_usd(epoch_tokens, self._resolved.n_epochs, usd)

    def _hosting(self) -> Hosting | None:
        price = self._price
        if price is not None and price.hosting_usd is not None:
            return Hosting(usd=price.hosting_usd, unit=price.hosting_unit)
        unit = price.hosting_unit if price is not None else "hour"
        return Hosting(usd=None, unit=unit) if self._profile.hosting_billed else None

    def _is_hosting_known(self) -> bool:
        is_told = self._profile.hosting_billed is not None
        return self._is_free or is_told or self._hosting() is not None

    def _conversation(self) -> tuple[float, float]:
        sides = (self._rows.train, self._rows.test)
        n_rows = max(1, sum(len(side.rows) for side in sides))
        written = sum(side.trained_tokens for side in sides)
        return (sum(side.tokens for side in sides) - written) / n_rows, written / n_rows

    def _asking_usd(self, *, is_tuned: bool) -> float | None:
        if self._is_free:
            return 0.0
        price = self._price
        if price is None:
            return None
        tuned = price.usd_per_million_input_tokens, price.usd_per_million_output_tokens
        base = price.base_usd_per_million_input_tokens, price.base_usd_per_million_output_tokens
        return conversation_usd(*self._conversation(), *(tuned if is_tuned else base))

    def _here(self) -> Here:
        """The plan itself if it runs here; else the same rows with the model trained here last."""
        train, rate = self._rows.train, self._rate
        is_here = self._profile.is_local
        model = trained_here(self._plan, self._profile, rate)
        resolved = self._resolved if is_here else auto.resolve(Hyperparameters(), len(train.rows))
        return Here(
            model=model,
            seconds=seconds_here(
                n_rows=len(train.rows),
                tokens=self._rows.train_here,
                resolved=resolved,
                model=model,
                rate=rate,
            ),
            is_measured=rate is not None and rate.base_model == model,
            n_epochs=resolved.n_epochs,
            batch_size=resolved.batch_size,
        )
