"""What the foot of the Train page advises, and where it leads."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.kept_advice import KeptAdvice
from tests.support.scripted_training import ScriptedTraining, falling, job
from tunedesk.app.advice import TrainAdvice
from tunedesk.core.curves import Reading, ReadingCode
from tunedesk.ui.operations import Operations


def test_a_loss_that_turned_up_is_advised_on_once_and_leads_to_fewer_epochs(
    qtbot: QtBot, gui_loop: GuiLoop, operations: Operations, make_page: MakePage
) -> None:
    ended = job("j1", "succeeded", falling(33))
    turned = msgspec.structs.replace(ended, reading=Reading(code=ReadingCode.TURNED_UP, step=22))
    training, kept = ScriptedTraining(job("j1", "running", falling(32))), KeptAdvice()
    page = make_page(training)
    line = TrainAdvice(page, kept, operations).line  # type: ignore[arg-type]
    asked: list[tuple[str, object]] = []
    page.navigate.connect(lambda name, payload: asked.append((name, payload)))
    training.put(turned)
    gui_loop.settle(line.isVisible)
    assert line.text.text().startswith("Held-out loss turned up after step 22")
    qtbot.mouseClick(line.deed, Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: asked)
    assert (asked[0][0], getattr(asked[0][1], "setting", "")) == ("new_fine_tune", "n_epochs")
    qtbot.mouseClick(line.never, Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: kept.silenced == {"turned_up"})
    again = msgspec.structs.replace(turned, reading=Reading(code=ReadingCode.TURNED_UP, step=11))
    training.put(again)
    gui_loop.settle(lambda: page._view() is again)
    gui_loop.settle(lambda: not operations.is_busy)
    assert line.isHidden()
