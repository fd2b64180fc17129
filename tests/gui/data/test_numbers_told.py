"""What the card of numbers says while tokens are counted, and of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import preference, user
from tests.support.gui_loop import GuiLoop
from tests.support.held_check import held_before
from tests.support.open_project import OpenProject
from tests.support.projects import write_rows
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.check.protocol import Count
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.numbers_card import NumbersCard
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme


@pytest.fixture
def page(
    opened: OpenProject, gui_loop: GuiLoop, operations: Operations, theme: Theme, qtbot: QtBot
) -> Iterator[DataPage]:
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_nothing_is_said_of_tokens_before_they_are_counted(
    page: DataPage, opened: OpenProject, gui_loop: GuiLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = page.numbers
    with held_before(monkeypatch, Count) as (is_asked, may_go):
        gui_loop.run(page._current.open(opened.dataset))
        gui_loop.settle(is_asked.is_set)
        gui_loop.settle(lambda: page._session is not None and page._session.is_checked)
        assert _value(card, "Tokens (o200k)") == card.price.text() == "counting…"
        may_go.set()
        gui_loop.settle(lambda: card.price.text().startswith("≈ $"))
    assert int(_value(card, "Tokens (o200k)").replace(",", "")) > 0


def test_pairs_are_told_the_epochs_of_preference_training(
    page: DataPage, opened: OpenProject, gui_loop: GuiLoop, tmp_path: Path
) -> None:
    rows = [preference(input={"messages": [user(f"Question {n}?")]}) for n in range(22)]
    info = gui_loop.run(opened.project.add_dataset(write_rows(tmp_path / "pairs.jsonl", rows)))
    gui_loop.run(page._current.open(info))
    gui_loop.settle(lambda: page.head.format.text() == "preference pairs")
    assert page.head.train.text() == "Train on this (DPO) →"
    assert page.head.train.accessibleName() == page.head.train.text()
    gui_loop.settle(lambda: _shown(page.numbers) == "Trained tokens × 2 epochs")


def _value(card: NumbersCard, name: str) -> str:
    return card._values.value(name)


def _shown(card: NumbersCard) -> str:
    return card._values._names["Trained tokens"].text() if card._values._names else ""
