"""What a job that was saved from a provider can do on the Train page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedTraining, job


def test_a_saved_job_can_be_trained_again(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    begun_here, saved = job("own", "succeeded"), job("saved-1", "succeeded")
    page = make_page(ScriptedTraining(begun_here, saved))
    wanted: list[str] = []
    page.again_wanted.connect(wanted.append)
    gui_loop.settle(page.panel.isVisible)
    assert not page.panel.again.isVisible()
    page.on_enter("saved-1")
    gui_loop.settle(page.panel.again.isVisible)
    qtbot.mouseClick(page.panel.again, Qt.MouseButton.LeftButton)
    assert wanted == ["saved-1"]
