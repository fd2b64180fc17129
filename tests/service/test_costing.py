"""What training takes: the sums behind the estimates, and the table of prices."""

from __future__ import annotations

import random
from array import array
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from tests.support.dataset_rows import assistant, chat, user
from tests.support.projects import home, project, run, session
from tunedesk.core.auto import START_AND_END_S, resolve_dpo
from tunedesk.core.cost import billed_tokens, cost_usd, likely_epochs
from tunedesk.core.jobs import DpoHyperparameters, JobEvent, JobState
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.row_tokens import count_row
from tunedesk.services.dataset.session import Marks
from tunedesk.services.train.costing import (
    MeasuredRate,
    estimate,
    load_prices,
    measured_rate,
    price_of,
    spread_of,
)
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord

_SIDES = {"train": 0, "test": 1}


def _marks(rows: list[tuple[int, int]]) -> Marks:
    """(side, tokens); half of the tokens are trained on."""
    return Marks(
        bytearray([1]) * len(rows),
        bytearray(side for side, _ in rows),
        array("q", [tokens for _, tokens in rows]),
        array("q", [tokens // 2 if tokens >= 0 else -1 for _, tokens in rows]),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_spread_adds_up_as_the_plain_sums_do(seed: int) -> None:
    draw = random.Random(seed)
    rows = [(draw.choice((0, 0, 0, 1, 2, 255)), draw.randint(-1, 300)) for _ in range(400)]
    for part, side in _SIDES.items():
        spread = spread_of(_marks(rows), part)  # type: ignore[arg-type]
        counted = [tokens for found, tokens in rows if found == side and tokens >= 0]
        assert spread.n_rows == sum(found == side for found, _ in rows), seed
        assert spread.tokens == sum(counted), seed
        assert spread.trained_tokens == sum(tokens // 2 for tokens in counted), seed
        assert spread.billed(100) == billed_tokens(counted, 100), seed
        assert spread.n_over(100) == sum(tokens > 100 for tokens in counted), seed
        assert sum(spread.histogram()) == len(counted), seed
    assert spread_of(_marks(rows), "all").n_rows == 400


def test_a_price_is_the_billed_tokens_times_epochs() -> None:
    table = load_prices()
    spread = spread_of(_marks([(0, 100_000), (0, 50)] * 30), "train")
    price = next(p for p in table.prices if p.label == "OpenAI gpt-4.1-mini")
    usd, n_epochs = price_of(spread, price)
    assert n_epochs == likely_epochs(60)
    assert usd == cost_usd(30 * (65_536 + 50), n_epochs, 5.0)


def test_every_price_names_its_source() -> None:
    for price in load_prices().prices:
        has_base = price.base_usd_per_million_input_tokens is not None
        assert price.source and has_base == bool(price.base_source), price.label


def test_no_rows_take_no_time_and_a_measured_rate_is_believed() -> None:
    assert estimate(spread_of(_marks([]), "all")).local_s is None
    spread = spread_of(_marks([(0, 200)] * 50), "train")
    slow, fast = (estimate(spread, MeasuredRate(n, "some-model")) for n in (10.0, 1000.0))
    assert slow.local_s is not None and fast.local_s is not None
    assert slow.local_s > 50 * fast.local_s / 10


def test_pairs_take_the_epochs_of_preference_training_and_the_models_own_tokens() -> None:
    spread = spread_of(_marks([(0, 200)] * 20), "train")
    plain, pairs = estimate(spread), estimate(spread, is_pairs=True)
    assert pairs.n_epochs == resolve_dpo(DpoHyperparameters(), 20).n_epochs < plain.n_epochs
    assert pairs.trained_tokens * plain.n_epochs == plain.trained_tokens * pairs.n_epochs
    rate = MeasuredRate(100.0, "some-model")
    once, fourfold = estimate(spread, rate).local_s, estimate(spread, rate, times_own=4.0).local_s
    assert once is not None and fourfold is not None
    cut = estimate(spread_of(_marks([(0, 200)] * 19 + [(0, 90_000)]), "train"))
    assert cut.local_s is not None
    assert cut.local_s < 2 * (estimate(spread_of(_marks([(0, 300)] * 20), "train")).local_s or 0)
    assert fourfold - START_AND_END_S == pytest.approx(4 * (once - START_AND_END_S))


def test_how_a_model_here_counts_is_asked_of_its_own_tokenizer(tmp_path: Path) -> None:
    thai = [chat(user(f"ท้องฟ้าทำไมเป็นสีฟ้า {n}"), assistant("เพราะแสง")) for n in range(30)]
    thai[3] = chat(user("half a letter: \ud800"), assistant("?"))

    async def steps() -> None:
        tokenizer = _of_bytes(tmp_path / "tokenizer.json")
        async with home(tmp_path) as place, project(place) as made, session(made, thai) as opened:
            own = ModelCounter(tokenizer)
            counted = [count_row(row, await made.tokens.counter()).total for row in thai]
            times = await opened.times_own(tokenizer)
            assert times == pytest.approx(sum(count_row(r, own).total for r in thai) / sum(counted))
            assert times > 2
            assert await opened.times_own(tmp_path / "none.json") == 1

    run(steps())


def _of_bytes(file: Path) -> Path:
    """A tokenizer to which each byte is a token."""
    letters = {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    made = Tokenizer(BPE(vocab=letters, merges=[]))
    made.pre_tokenizer = ByteLevel(add_prefix_space=False)
    made.save(str(file))
    return file


def test_every_price_names_where_it_is_from() -> None:
    table = load_prices()
    assert table.prices
    for price in table.prices:
        assert price.source and price.label
        assert price.usd_per_million_trained_tokens > 0
    assert len({price.model for price in table.prices}) == len(table.prices)


def test_a_run_here_is_foretold_from_the_last_one(tmp_path: Path) -> None:
    """The engine counts every token that goes through the model; the same rows take as long."""

    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            spread = spread_of(_marks([(0, 60)] * 50), "train")
            n_epochs = estimate(spread).n_epochs
            await made.in_ledger(lambda ledger: _finish(ledger, 60 * 50 * n_epochs))
            rate = await measured_rate(made)
            assert rate is not None and rate.base_model == "smollm2-135m-instruct"
            assert estimate(spread, rate).local_s == pytest.approx(50.0)
            assert await measured_rate(made, "another") is None
            await made.in_ledger(_pause)
            paused = await measured_rate(made)
            assert paused is not None and paused.tokens_per_s == pytest.approx(rate.tokens_per_s)

    run(steps())


def _finish(ledger: Ledger, trained_tokens: int) -> None:
    """A job on this computer that took 50 s."""
    state = JobState(
        id="ftjob-1",
        created_at_s=1,
        status="succeeded",
        model="smollm2-135m-instruct",
        trained_tokens=trained_tokens,
    )
    job = JobRecord(
        local_id="j1",
        name="a",
        provider_id="local",
        base_model="smollm2-135m-instruct",
        created_at_ms=1_000,
        train_digest="d",
        n_train=50,
        status="succeeded",
        state=state,
        started_at_ms=2_000,
        finished_at_ms=52_000,
    )
    ledger.add_intent(job)


def _pause(ledger: Ledger) -> None:
    """It took an hour longer, but for that hour it was paused."""
    ledger.update_job("j1", finished_at_ms=3_652_000)
    times_s = [*range(3, 28), *range(3_628, 3_652)]
    steps = [JobEvent(id=str(n), created_at_s=n, level="info", message=f"{n}") for n in times_s]
    ledger.add_events("j1", steps)
