"""Which base model is suggested for which answers, and what is never suggested."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from tunedesk.core.base_choice import Answers, Suggestion, rank
from tunedesk.core.retirement import RetirementTable
from tunedesk.services.train.base_choosing import load_candidates
from tunedesk.services.train.costing import load_prices

TODAY = date(2026, 11, 28)


def ranked(today: date = TODAY, **answers: object) -> list[Suggestion]:
    wanted = Answers(**answers)  # type: ignore[arg-type]
    return rank(wanted, load_candidates().models, today)


def test_a_style_to_try_out_for_nothing_starts_here() -> None:
    first = ranked(task="style", quality="try", budget="none")[0]
    assert first.candidate.model == "smollm2-135m-instruct"
    assert any(reason.code == "free_and_private" for reason in first.reasons)


@pytest.mark.parametrize("task", ["style", "format", "instructions", "knowledge"])
@pytest.mark.parametrize("quality", ["try", "good", "best"])
def test_rows_that_must_stay_are_never_sent(task: str, quality: str) -> None:
    for one in ranked(task=task, quality=quality, privacy="here", budget="any"):
        assert one.is_possible == one.candidate.is_local


def test_nothing_is_spent_by_who_wants_to_spend_nothing() -> None:
    for one in ranked(budget="none", quality="best"):
        assert one.is_possible == one.candidate.is_local


def test_a_hard_task_wants_a_strong_model() -> None:
    first = ranked(task="knowledge", quality="best", budget="any")[0]
    assert first.candidate.strength == 5


def test_another_language_puts_the_english_one_behind() -> None:
    names = [one.candidate.model for one in ranked(task="style", language="other", budget="any")]
    assert names.index("smollm2-135m-instruct") > names.index("meta-llama/Llama-3.1-8B-Instruct")


def test_a_closed_service_is_told_and_comes_last() -> None:
    after = ranked(date(2027, 1, 7), task="instructions", budget="any")
    closed = [one for one in after if one.candidate.provider == "openai"]
    assert closed and not any(one.is_possible for one in closed)
    assert after[-len(closed) :] == closed
    before = ranked(date(2027, 1, 6), task="instructions", budget="any")
    assert all(one.is_possible for one in before)


def test_the_last_day_of_the_table_in_force_counts() -> None:
    ends = RetirementTable(
        as_of=TODAY, source="mine", models=[], no_new_jobs_after={"openai": date(2026, 11, 1)}
    )
    found = rank(Answers(budget="any"), load_candidates(ends=ends).models, TODAY)
    assert all(one.is_possible == (one.candidate.provider != "openai") for one in found)


def test_every_place_has_a_reason() -> None:
    assert all(one.reasons for one in ranked())


def test_prices_are_those_of_the_price_table(tmp_path: Path) -> None:
    shipped = load_prices(tmp_path)
    (tmp_path / "prices.json").write_bytes(
        msgspec.json.encode(
            msgspec.structs.replace(
                shipped,
                prices=[
                    msgspec.structs.replace(price, usd_per_million_trained_tokens=77.0)
                    for price in shipped.prices
                ],
            )
        )
    )
    for prices, usd in ((shipped, 5.0), (load_prices(tmp_path), 77.0)):
        found = {one.model: one for one in load_candidates(prices).models}
        assert found["gpt-4.1-mini-2025-04-14"].usd_per_million_trained_tokens == usd
        assert found["smollm2-135m-instruct"].usd_per_million_trained_tokens == 0.0
        assert found["openai/gpt-oss-20b"].usd_per_million_trained_tokens is None
