"""Prices and dates: how old, whose, edited, broken, and back to the shipped ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

from tests.support.find_button import control
from tests.support.gui_loop import GuiLoop
from tunedesk.services.providers.fact_tables import RetirementTable, read_table
from tunedesk.services.train.costing import load_prices
from tunedesk.ui.pages.settings.page import SettingsPage

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "tables"


@pytest.fixture
def shown(page: SettingsPage, gui_loop: GuiLoop, qtbot: QtBot) -> SettingsPage:
    qtbot.mouseClick(control(page, "Prices & dates"), _LEFT)
    gui_loop.settle(lambda: page.tables.prices.told.text() and page.tables.ends.told.text())
    return page


def again(page: SettingsPage, qtbot: QtBot) -> None:
    """Look away and back."""
    qtbot.mouseClick(control(page, "About"), _LEFT)
    qtbot.mouseClick(control(page, "Prices & dates"), _LEFT)


def test_a_table_says_how_old_it_is_and_whose(shown: SettingsPage) -> None:
    told = shown.tables.prices.told.text()
    assert told.startswith("As of 2026-11-23, ")
    assert "old" in told and "Shipped with Tunedesk" in told
    assert "OpenAI pricing page" in told and "Nebius" in told
    assert "OpenAI deprecations page" in shown.tables.ends.told.text()
    assert shown.tables.prices.values.value("OpenAI gpt-4.1-mini") == (
        "$5.00 a million trained tokens"
    )
    assert shown.tables.ends.values.value("gpt-4o-mini-2024-07-18") == "2027-01-14"
    assert shown.tables.ends.values.value("openai: last day of new jobs") == "2027-01-06"
    assert not shown.tables.prices.back.isVisible()


def test_a_copy_is_made_edited_counted_and_put_away(
    shown: SettingsPage, folder: Path, opened: list[QUrl], gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    qtbot.mouseClick(control(shown, "Edit a copy of: Prices of training"), _LEFT)
    gui_loop.settle(lambda: "Your own copy" in shown.tables.prices.told.text())
    path = folder / "prices.json"
    assert [url.toLocalFile() for url in opened] == [str(path)]
    edited = json.loads(path.read_text())
    edited["as_of"] = "2026-11-27"
    edited["prices"][0]["usd_per_million_trained_tokens"] = 6.5
    path.write_text(json.dumps(edited))
    assert load_prices(folder).prices[0].usd_per_million_trained_tokens == 6.5
    again(shown, qtbot)
    gui_loop.settle(lambda: "2026-11-27" in shown.tables.prices.told.text())
    path.write_text('{"as_of": "soon"}')
    again(shown, qtbot)
    gui_loop.settle(shown.tables.prices.problem.isVisible)
    assert "as_of" in shown.tables.prices.problem.text()
    assert load_prices(folder).as_of.isoformat() == "2026-11-23"
    qtbot.mouseClick(control(shown, "Back to the shipped table: Prices of training"), _LEFT)
    gui_loop.settle(lambda: not shown.tables.prices.back.isVisible())
    assert not path.exists()
    assert (folder / "prices.before.json").exists()


def test_the_persons_own_dates_count(folder: Path) -> None:
    shipped = read_table(RetirementTable, folder)
    folder.mkdir(parents=True)
    own = {"as_of": "2026-11-28", "source": "me", "models": []}
    (folder / "retirements.json").write_text(json.dumps(own))
    assert read_table(RetirementTable, folder).source == "me"
    assert shipped.models
