"""What a plan costs where it is planned, what its model costs then, and the time here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, user
from tests.support.projects import home, project, rows_of, run, session
from tunedesk.core.edits import SetSplit
from tunedesk.core.jobs import Hyperparameters
from tunedesk.providers.profiles import Profile
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.cost_sheet import costs_of
from tunedesk.services.train.costing import MeasuredRate
from tunedesk.services.train.costing_types import CostSheet, Price, PriceTable
from tunedesk.services.train.price_lookup import price_for
from tunedesk.services.train.training_types import FineTunePlan

PROFILE = Profile(id="one", name="One", preset="openai")
PRICE = Price(
    provider="openai",
    model="gpt-x-2025-04-14",
    label="X",
    usd_per_million_trained_tokens=5.0,
    max_row_tokens=100,
    source="A page",
    usd_per_million_input_tokens=0.8,
    usd_per_million_output_tokens=3.2,
    base_usd_per_million_input_tokens=0.4,
    base_usd_per_million_output_tokens=1.6,
    hosting_usd=1.7,
)
NUMBERS = Hyperparameters(n_epochs=2, batch_size=8)


class Sums:
    """An open dataset of 20 rows, three held out."""

    def __init__(self, opened: DatasetSession, background: Any) -> None:
        self.session, self._background = opened, background

    async def sheet(
        self,
        profile: Profile = PROFILE,
        price: Price | None = PRICE,
        *,
        numbers: Hyperparameters = NUMBERS,
        model: str = "gpt-x-2025-04-14",
        rate: MeasuredRate | None = None,
    ) -> CostSheet:
        plan = FineTunePlan(name="a", provider_id="one", base_model=model, hyperparameters=numbers)
        table = PriceTable(as_of=date(2026, 11, 23), prices=[price] if price else [])
        return await costs_of(
            plan, ChosenRows.of(self.session), profile, self._background, table, rate
        )


@asynccontextmanager
async def sums(folder: Path, extra: Sequence[bytes] = ()) -> AsyncIterator[Sums]:
    rows = [*rows_of(20), *extra]
    async with home(folder) as place, project(place) as made, session(made, rows) as opened:
        for row in range(len(rows)):
            opened.apply(SetSplit(row, "test" if row < 3 else "train"))
        await opened.check()
        yield Sums(opened, place.background)


def test_training_is_the_tokens_of_all_epochs_and_held_out_rows_where_billed(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            train, test = s.session.sendable("train"), s.session.sendable("test")
            alone = train.tokens * 2 * 5.0 / 1e6
            both = (train.tokens + test.tokens) * 2 * 5.0 / 1e6
            for billed, word, usd in (
                (False, "not_billed", alone),
                (True, "billed", both),
                (None, "unknown", alone),
            ):
                profile = msgspec.structs.replace(PROFILE, validation_billed=billed)
                sheet = await s.sheet(profile)
                assert sheet.held_out == word
                assert sheet.training_usd == pytest.approx(usd)
                assert sheet.most_usd == pytest.approx(both)
                assert sheet.billed_tokens * 5.0 / 1e6 == pytest.approx(usd)
            assert (sheet.source, sheet.as_of) == ("A page", date(2026, 11, 23))

    run(steps())


def test_a_row_above_the_limit_is_billed_as_it_is_cut(tmp_path: Path) -> None:
    async def steps() -> None:
        long = chat(user("Why?"), assistant("word " * 400))
        async with sums(tmp_path, [long]) as s:
            train = s.session.sendable("train")
            assert train.longest_tokens > 400
            sheet = await s.sheet()
            cut = train.tokens - train.longest_tokens + 100
            assert sheet.training_usd == pytest.approx(cut * 2 * 5.0 / 1e6)

    run(steps())


def test_a_conversation_costs_what_is_read_and_written_before_and_after(tmp_path: Path) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            sheet = await s.sheet()
            sides = [s.session.sendable("train"), s.session.sendable("test")]
            mean = sum(side.tokens for side in sides) / 20
            assert sheet.read_tokens + sheet.written_tokens == pytest.approx(mean)
            assert sheet.written_tokens == pytest.approx(
                sum(side.trained_tokens for side in sides) / 20
            )
            before = (sheet.read_tokens * 0.4 + sheet.written_tokens * 1.6) / 1e6
            assert sheet.before_usd == pytest.approx(before)
            assert sheet.after_usd == pytest.approx(before * 2)
            half = msgspec.structs.replace(PRICE, base_usd_per_million_output_tokens=None)
            sheet = await s.sheet(price=half)
            assert sheet.before_usd is None
            assert sheet.after_usd == pytest.approx(before * 2)

    run(steps())


def test_hosting_is_told_with_its_month_or_as_unknown(tmp_path: Path) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            by_hour = (await s.sheet()).hosting
            assert by_hour is not None and by_hour.month_usd == pytest.approx(1.7 * 730)
            daily = msgspec.structs.replace(PRICE, hosting_usd=24.0, hosting_unit="day")
            by_day = (await s.sheet(price=daily)).hosting
            assert by_day is not None and by_day.month_usd == pytest.approx(730.0)
            for billed, has_line, is_known in (
                (True, True, True),
                (False, False, True),
                (None, False, False),
            ):
                profile = msgspec.structs.replace(PROFILE, hosting_billed=billed)
                sheet = await s.sheet(profile, None)
                assert (sheet.hosting is not None, sheet.is_hosting_known) == (has_line, is_known)
                assert sheet.hosting is None or sheet.hosting.month_usd is None

    run(steps())


def test_without_a_line_in_the_table_everything_is_unknown(tmp_path: Path) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            sheet = await s.sheet(price=None)
            found = (sheet.training_usd, sheet.most_usd, sheet.before_usd, sheet.after_usd)
            assert found == (None, None, None, None)
            assert (sheet.source, sheet.as_of, sheet.is_free) == ("", None, False)

    run(steps())


def test_what_nobody_told_is_marked_as_a_guess(tmp_path: Path) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            auto = await s.sheet(numbers=Hyperparameters())
            assert (auto.n_epochs, auto.are_epochs_guessed, auto.batch_size) == (5, True, None)
            told = await s.sheet()
            assert (told.n_epochs, told.are_epochs_guessed, told.batch_size) == (2, False, 8)
            engine = msgspec.structs.replace(PROFILE, kind="tunedesk", preset="tunedesk")
            ours = await s.sheet(engine, numbers=Hyperparameters())
            assert (ours.are_epochs_guessed, ours.batch_size, ours.training_usd) == (False, 4, 0.0)

    run(steps())


def test_the_time_here_is_from_a_run_here_if_there_was_one(tmp_path: Path) -> None:
    async def steps() -> None:
        async with sums(tmp_path) as s:
            table = (await s.sheet()).here
            assert (table.model, table.is_measured) == ("smollm2-135m-instruct", False)
            assert table.seconds is not None
            tokens = s.session.sendable("train").tokens
            slow = MeasuredRate(tokens / 100, "qwen2.5-0.5b")
            here = (await s.sheet(rate=slow)).here
            assert (here.model, here.is_measured) == ("qwen2.5-0.5b", True)
            assert here.seconds == pytest.approx(14 + 100 * here.n_epochs)
            local = msgspec.structs.replace(PROFILE, kind="engine", preset="local")
            larger = (await s.sheet(local, model="qwen2.5-0.5b", numbers=Hyperparameters())).here
            assert larger.seconds is not None and larger.seconds > 2 * table.seconds
            assert (await s.sheet(local, model="my-own")).here.seconds is None

    run(steps())


def test_a_line_is_found_by_date_base_and_size() -> None:
    nebius = Price(
        provider="nebius",
        model="below-20b",
        label="Small",
        usd_per_million_trained_tokens=0.4,
        max_row_tokens=None,
        source="A page",
        below_billion_parameters=20,
    )
    table = PriceTable(as_of=date(2026, 11, 23), prices=[PRICE, nebius])
    other = Profile(id="nebius", name="Nebius")
    for profile, model, found in (
        (PROFILE, "gpt-x-2025-04-14", PRICE),
        (PROFILE, "gpt-x", PRICE),
        (PROFILE, "ft:gpt-x-2025-04-14:acme:a:1", PRICE),
        (PROFILE, "gpt-x-2026-01-01", None),
        (PROFILE, "gpt-xl", None),
        (other, "gpt-x", None),
        (other, "meta-llama/Llama-3.1-8B-Instruct", nebius),
        (other, "openai/gpt-oss-20b", None),
        (other, "unnamed", None),
    ):
        assert price_for(table, profile, model) == found, model
