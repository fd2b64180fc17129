"""The card of numbers: tokens by side, time here, price elsewhere, as estimates."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtGui import QAction

from tests.support.dataset_rows import assistant, chat, user
from tests.support.desk_bench import Desks, RunningDesk
from tunedesk.core.edits import InsertRow
from tunedesk.services.train.costing import load_prices, price_of, spread_of
from tunedesk.ui.pages.data.numbers_card import NumbersCard


@pytest.fixture
def app(desks: Desks) -> RunningDesk:
    made = desks.start()
    made.until_open()
    return made


def _value(card: NumbersCard, name: str) -> str:
    return card._values.value(name)


def _model(card: NumbersCard, label: str) -> QAction:
    menu = card.model.menu()
    return next(action for action in menu.actions() if action.text() == label)


def test_tokens_and_price_follow_the_side(app: RunningDesk) -> None:
    card = app.data.numbers
    n_tokens = {}
    for part in ("train", "test", "all"):
        card.parts[part].click()  # type: ignore[index]
        n_tokens[part] = int(_value(card, "Tokens (o200k)").replace(",", ""))
    assert n_tokens["all"] == n_tokens["train"] + n_tokens["test"]
    assert _value(card, "Longest row").endswith("of 2,048")
    assert card.price.text().startswith("≈ $")
    tip = card.price.toolTip()
    assert "An estimate" in tip and load_prices().as_of.isoformat() in tip
    assert "rows from" in card._histogram.accessibleName()


def test_another_model_has_another_price_and_is_remembered(app: RunningDesk, desks: Desks) -> None:
    card = app.data.numbers
    spread = spread_of(app.session.marks(), "train")
    dear = next(price for price in load_prices().prices if price.label == "OpenAI gpt-4.1")
    _model(card, "OpenAI gpt-4.1").trigger()
    assert card.price.text() == f"≈ ${price_of(spread, dear)[0]:.2f}"
    card.parts["all"].click()
    app.until_idle()
    app.close()
    again = desks.start()
    again.until_open()
    assert again.data.numbers.model.text() == "OpenAI gpt-4.1"
    assert again.data.numbers.part == "all"


def test_set_aside_rows_leave_the_training_numbers(app: RunningDesk) -> None:
    card = app.data.numbers
    card.parts["train"].click()
    before = int(_value(card, "Tokens (o200k)").replace(",", ""))
    app.data.hands.bulk.split([0], "aside")
    app.loop.settle(lambda: int(_value(card, "Tokens (o200k)").replace(",", "")) < before)


def test_rows_too_long_for_the_chosen_model_are_problems(app: RunningDesk, desks: Desks) -> None:
    app.session.apply(InsertRow(0, chat(user("Why?"), assistant("word " * 2_500))))
    app.loop.run(app.session.check())
    card = app.data.numbers
    card.parts["all"].click()
    app.until_idle()
    assert "over_long" in {issue.code for issue in app.session.issues()}
    assert _value(card, "Longest row").endswith("of 2,048")
    _target(card, "OpenAI gpt-4.1").trigger()
    app.until_idle()
    assert "over_long" not in {issue.code for issue in app.session.issues()}
    assert _value(card, "Longest row").endswith("of 65,536")
    app.close()
    again = desks.start()
    again.until_open()
    assert again.session.target is not None and again.session.target.label == "OpenAI gpt-4.1"


def _target(card: NumbersCard, label: str) -> QAction:
    menu = card.target_button.menu()
    return next(action for action in menu.actions() if action.text() == label)


def test_an_edit_of_the_price_table_shows_at_once_and_its_end_too(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEDESK_HOME", str(desks.folders.config.parent))
    app = desks.start()
    app.until_open()
    folder = desks.folders.config / "tables"
    card = app.data.numbers
    shipped = card.price.text()
    app.until_idle()
    table = msgspec.json.decode(msgspec.json.encode(load_prices()))
    table["prices"][0] |= {"usd_per_million_trained_tokens": 5_000.0, "hosting_usd": 1.7}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prices.json").write_bytes(msgspec.json.encode(table))
    app.loop.settle(lambda: card.price.text() not in (shipped, "counting…"))
    assert float(card.price.text().removeprefix("≈ $").replace(",", "")) > 1
    assert "Hosting: $1.70 an hour, about $1,241.00 a month." in card.price.toolTip()
    assert "with the base" in card.price.toolTip()
    (folder / "prices.json").write_bytes(b'{"as_of": "2026-11-28", "prices": []}')
    app.loop.settle(lambda: card.price.text() == "unknown")
    assert card.model.text() == "Price elsewhere"
    (folder / "prices.json").unlink()
    app.loop.settle(lambda: card.price.text() == shipped)
