"""When models end: by id, by the base of a tuned one, and from what the provider itself says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from tunedesk.assets import resource
from tunedesk.core.retirement import RetirementTable, base_of, days_left, end_of


@pytest.fixture(scope="module")
def table() -> RetirementTable:
    shipped: Path = resource("providers", "retirements.json")
    return msgspec.json.decode(shipped.read_bytes(), type=RetirementTable, strict=True)


@pytest.mark.parametrize(
    ("model", "ends"),
    [
        ("gpt-3.5-turbo-1106", date(2026, 9, 28)),
        ("gpt-3.5-turbo-0613", date(2026, 10, 23)),
        ("babbage-002", date(2026, 9, 28)),
        ("davinci-002", date(2026, 9, 28)),
        ("gpt-4-0613", date(2026, 10, 23)),
        ("gpt-4.1-mini-2025-04-14", date(2027, 1, 14)),
        ("ft:gpt-4.1-mini-2025-04-14:acme:support:A1b2", date(2027, 1, 14)),
        ("ft:gpt-4.1-mini-2025-04-14:acme:support:A1b2:ckpt-step-90", date(2027, 1, 14)),
    ],
)
def test_ends_of_models_people_still_name(table: RetirementTable, model: str, ends: date) -> None:
    found = table.of(model)
    assert found is not None
    assert found.ends == ends and found.successor


def test_an_exact_id_comes_before_a_beginning(table: RetirementTable) -> None:
    exact = table.of("gpt-3.5-turbo-1106")
    family = table.of("gpt-3.5-turbo-0125")
    assert exact is not None and family is not None
    assert exact.ends < family.ends


def test_nothing_is_said_of_models_nobody_ends(table: RetirementTable) -> None:
    assert table.of("smollm2-135m-instruct") is None
    assert table.of("gpt-4.1-mini-2025-04-14", provider="azure") is None


def test_the_table_names_the_last_day_for_new_jobs(table: RetirementTable) -> None:
    assert table.no_new_jobs_after["openai"] == date(2027, 1, 6)
    assert table.source and table.as_of >= date(2026, 11, 23)


def test_the_provider_has_the_last_word(table: RetirementTable) -> None:
    model = "gpt-4.1-mini-2025-04-14"
    assert end_of("2027-02-01", model, "openai", table) == (date(2027, 2, 1), True)
    assert end_of(None, model, "openai", table) == (date(2027, 1, 14), False)
    assert end_of("soon", model, "openai", table) == (date(2027, 1, 14), False)
    assert end_of(None, "llama", "nebius", table) == (None, False)


def test_days_are_counted_to_the_last_one() -> None:
    assert days_left(date(2027, 1, 14), date(2026, 11, 23)) == 52
    assert days_left(date(2027, 1, 14), date(2027, 1, 14)) == 0
    assert days_left(date(2027, 1, 14), date(2027, 1, 15)) == -1


def test_the_base_of_an_id() -> None:
    assert base_of("ft:gpt-4o-mini-2024-07-18:acme::X") == "gpt-4o-mini-2024-07-18"
    assert base_of("gpt-4o-mini-2024-07-18.ft-0e208cf3") == "gpt-4o-mini-2024-07-18"
    assert base_of("gpt-4o-mini-2024-07-18") == "gpt-4o-mini-2024-07-18"
