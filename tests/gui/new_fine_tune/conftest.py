"""A New fine-tune page over scripted services."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.scripted_training import (
    ScriptedAsk,
    ScriptedSession,
    ScriptedShelf,
    ScriptedTraining,
)
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage
from tunedesk.ui.theme import Theme

__all__ = ["gui_loop", "operations", "reported", "theme"]

MakePage = Callable[..., NewFineTunePage]


@pytest.fixture
def training() -> ScriptedTraining:
    return ScriptedTraining()


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession()


@pytest.fixture
def make_page(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    training: ScriptedTraining,
    session: ScriptedSession,
) -> MakePage:
    """Builds a page that is shown and entered; `with_session=False` leaves the dataset closed."""

    def make(*, with_session: bool = True, shelf: ScriptedShelf | None = None) -> NewFineTunePage:
        page = NewFineTunePage(
            training=training,
            current=shelf or ScriptedShelf(session if with_session else None),
            operations=operations,
            ask=ScriptedAsk(),
            theme=theme,
        )
        qtbot.addWidget(page)
        page.resize(1200, 820)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        page.on_enter()
        page.first_focus().setFocus()
        gui_loop.turn()
        return page

    return make
