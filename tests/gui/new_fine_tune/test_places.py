"""A place that cannot be asked for its models."""

from __future__ import annotations

from datetime import date

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import LOCAL, ScriptedTraining
from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.training import BaseModel, ProviderChoice

LEFT = Qt.MouseButton.LeftButton


def test_a_wanted_model_is_found_under_its_date(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.choices = [LOCAL, ProviderChoice(id="far", name="Far", note="x", is_local=False)]
    ids = ["gpt-4o-2024-08-06", "gpt-4.1-mini-2025-04-14", "gpt-4.1-mini-audio-2025-05-01"]
    training.models["far"] = [BaseModel(id=one, label=one) for one in ids]
    page = make_page()
    page.on_enter(("far", "gpt-4.1-mini"))
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.model_id == "gpt-4.1-mini-2025-04-14"


def test_a_place_out_of_reach_says_why_and_shows_nothing_of_another(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.choices = [LOCAL, ProviderChoice(id="far", name="Far", note="x", is_local=False)]
    training.models["far"] = TunedeskError("offline", "Nobody there.", "No way.", "Look at it.")
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    qtbot.mouseClick(page.where.buttons[1], LEFT)
    gui_loop.settle(lambda: not any(line.isVisible() for line in page.ready.lines))
    assert page.ready.reason.text() == "Nobody there. No way. Look at it."
    assert not page.ready.start.isEnabled()
    assert page.how.n_epochs.edit.text() == "auto", "what it stands for there is not known"
    qtbot.mouseClick(page.where.buttons[0], LEFT)
    gui_loop.settle(page.ready.start.isEnabled)
    assert any(line.isVisible() for line in page.ready.lines)


def test_a_long_note_makes_no_tall_card_and_is_told_whole_where_it_is_chosen(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    note = "A model answers once it is deployed, by the name of its deployment. " * 4
    training.choices = [
        LOCAL,
        *(ProviderChoice(id=n, name=n, note=note, is_local=False) for n in ("a", "b", "c", "d")),
    ]
    training.models |= {n: [BaseModel(id="m", label="m")] for n in ("a", "b", "c", "d")}
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.where.rest.isHidden()
    lines = page.where.buttons[1].detail
    assert lines.height() <= 4 * lines.fontMetrics().lineSpacing()
    qtbot.mouseClick(page.where.buttons[1], LEFT)
    gui_loop.settle(page.where.rest.isVisible)
    assert page.where.rest.text() == note
    assert page.where.buttons[1].accessibleDescription() == note


def test_a_place_tells_the_last_day_that_its_table_has(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    far = ProviderChoice(id="far", name="Far", note="x", is_local=False, last_day=date.max)
    training.choices = [LOCAL, far]
    page = make_page()
    told = page.where.buttons[1].detail.text
    assert told() == "New jobs end on 31 Dec 9999 for every account. x"
    training.choices = [LOCAL, msgspec.structs.replace(far, last_day=date(2026, 11, 1))]
    page.tables_changed()
    gui_loop.settle(lambda: page.where.buttons[1].detail.text().startswith("It has begun no new"))
    assert "1 Nov 2026" in page.where.buttons[1].detail.text()


def test_a_place_whose_key_is_missing_says_so(
    make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    assert not page.where.keyless.isVisible()
    training.keyless = ["OpenAI"]
    page.on_enter()
    assert page.where.keyless.isVisible()
    assert page.where.keyless.text().startswith("OpenAI: no key is known.")
