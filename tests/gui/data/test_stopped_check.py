"""A long check is stopped by a button beside its progress, and goes on from where it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.held_check import held_before
from tests.support.open_project import OpenProject
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.check.protocol import Sketch
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data import header
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme


@pytest.fixture
def page(
    opened: OpenProject, gui_loop: GuiLoop, operations: Operations, theme: Theme, qtbot: QtBot
) -> Iterator[DataPage]:
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.resize(1440, 900)
        made.show()
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_it_stops_and_goes_on(
    page: DataPage,
    opened: OpenProject,
    gui_loop: GuiLoop,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(header, "MANY_ROWS", 0)
    head, current = page.head, page._current
    with held_before(monkeypatch, Sketch) as (is_asked, may_go):
        gui_loop.run(current.open(opened.dataset))
        gui_loop.settle(is_asked.is_set)
        gui_loop.settle(lambda: head.valid.text() == "reading texts 0 %")
        assert head.check.isVisible()
        assert head.check.accessibleName() == "Stop checking"
        head.check.setFocus()
        qtbot.keyClick(head.check, Qt.Key.Key_Space)
        may_go.set()
        gui_loop.settle(lambda: head.valid.text() == "check stopped")
    assert head.check.accessibleName() == "Go on checking"
    qtbot.mouseClick(head.check, Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: not head.check.isVisible())
    assert head.valid.text() == "54 valid"
