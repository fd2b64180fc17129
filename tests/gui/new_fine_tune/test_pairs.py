"""New fine-tune with preference pairs, and the model that is offered to start from."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import LOCAL, ScriptedSession, ScriptedTraining
from tunedesk.core.jobs import DpoHyperparameters
from tunedesk.core.rows import Format
from tunedesk.services.train.training import BaseModel
from tunedesk.ui.again import OPEN_DATASET

_BASE_AND_TUNED = [
    BaseModel(id="smollm2", label="SmolLM2"),
    BaseModel(id="ft:smollm2:t:new:1", label="new"),
    BaseModel(id="ft:smollm2:t:old:2", label="old"),
]


def test_preference_rows_are_learned_by_dpo_from_a_tuned_model(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    training: ScriptedTraining,
    session: ScriptedSession,
) -> None:
    training.models[LOCAL.id] = _BASE_AND_TUNED
    session.format = Format.PREFERENCE
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.method.text() == "Preferences (DPO)"
    assert page.what.model_id == "ft:smollm2:t:new:1"
    assert page.how.beta.edit.isVisible()
    page.how.beta.edit.setFocus()
    page.how.beta.edit.clear()
    qtbot.keyClicks(page.how.beta.edit, "3")
    assert "A number above 0, up to 2" in page.how.beta.hint.text()
    assert not page.ready.start.isEnabled()
    page.how.beta.edit.clear()
    qtbot.keyClicks(page.how.beta.edit, "0.3")
    gui_loop.settle(page.ready.start.isEnabled)
    plan = training.plans[-1]
    assert (plan.method, plan.base_model) == ("dpo", "ft:smollm2:t:new:1")
    assert plan.hyperparameters == DpoHyperparameters(beta=0.3)


def test_pairs_of_votes_go_on_from_the_model_that_was_voted_on(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining, session: ScriptedSession
) -> None:
    training.models[LOCAL.id] = _BASE_AND_TUNED
    page = make_page()
    page.on_enter((LOCAL.id, "smollm2-135m-instruct"))  # of an earlier visit, for other rows
    gui_loop.settle(page.ready.start.isEnabled)
    training.voted = (LOCAL.id, "ft:smollm2:t:old:2")
    session.format = Format.PREFERENCE
    page.on_enter(OPEN_DATASET)
    gui_loop.settle(lambda: page.what.model_id == "ft:smollm2:t:old:2")
    page.what.model.setCurrentIndex(1)
    page.what.model.activated.emit(1)
    page.on_enter()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.model_id == "ft:smollm2:t:new:1", "the person chose it for these pairs"


def test_a_chosen_model_stays_when_the_rows_are_others(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining, session: ScriptedSession
) -> None:
    training.models[LOCAL.id] = _BASE_AND_TUNED
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.model_id == "smollm2"
    assert not page.how.beta.edit.isVisible()
    page.what.model.setCurrentIndex(2)
    page.what.model.activated.emit(2)
    session.format = Format.PREFERENCE
    session.change(20, 2)
    gui_loop.settle(page.ready.start.isEnabled)
    assert page.what.model_id == "ft:smollm2:t:old:2"
    session.format = Format.CHAT
    session.change(20, 2)
    gui_loop.settle(page.ready.start.isEnabled)
    assert (page.what.method.text(), page.how.beta.edit.isVisible()) == ("Supervised", False)
    assert training.plans[-1].method == "supervised"
