"""A job in Thai, in the smallest window and in a usual one: nothing is cut."""

from __future__ import annotations

import pytest

from tests.gui.train.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedTraining, checkpoint, falling, job
from tests.support.speaking import thai
from tests.support.widget_audit import cut_texts

__all__ = ["thai"]

_RAIL_PX = 208


@pytest.mark.usefixtures("thai")
@pytest.mark.parametrize("status", ["queued", "running", "failed", "succeeded"])
def test_no_word_of_a_job_is_cut(make_page: MakePage, gui_loop: GuiLoop, status: str) -> None:
    points = [] if status == "queued" else falling(33)
    kept = [checkpoint(11), checkpoint(22)] if points else []
    page = make_page(ScriptedTraining(job("a", status, points, checkpoints=kept)))
    for width_px, height_px in ((1024, 700), (1440, 900)):
        page.resize(width_px - _RAIL_PX, height_px)
        for _ in range(30):
            gui_loop.turn()
            if not (found := cut_texts(page)):
                break
        assert found == []
