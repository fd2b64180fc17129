"""A Train page over scripted services."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.scripted_training import STARTED_MS, ScriptedAsk, ScriptedTraining
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.checkpoints_model import Column
from tunedesk.ui.pages.train.page import TrainPage
from tunedesk.ui.theme import Theme

__all__ = ["gui_loop", "operations", "reported", "theme"]

MakePage = Callable[[ScriptedTraining], TrainPage]


def went_to(page: TrainPage) -> list[tuple[str, object]]:
    """The pages that were asked for, filled as the test goes on."""
    found: list[tuple[str, object]] = []
    page.navigate.connect(lambda name, payload: found.append((name, payload)))
    return found


def table_text(page: TrainPage) -> list[list[str]]:
    """The checkpoints as they stand there, line by line."""
    model = page.panel.checkpoints.table.checkpoints
    return [
        [str(model.index(line, column).data()) for column in Column]
        for line in range(model.rowCount())
    ]


class Clock:
    """Unix milliseconds that only a test moves."""

    def __init__(self) -> None:
        self.now_ms = STARTED_MS + 20_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask() -> ScriptedAsk:
    return ScriptedAsk()


@pytest.fixture
def make_page(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    ask: ScriptedAsk,
    clock: Clock,
) -> Iterator[MakePage]:
    """Builds a page that is shown and has read its jobs."""

    def make(training: ScriptedTraining) -> TrainPage:
        page = TrainPage(
            training=training, operations=operations, ask=ask, theme=theme, now_ms=clock
        )
        qtbot.addWidget(page)
        page.resize(1200, 800)
        page.show()
        page.on_enter()
        gui_loop.settle(lambda: page.list.jobs.rowCount() == len(training.known))
        gui_loop.settle(lambda: not training.known or page.panel.name.text())
        return page

    return make
