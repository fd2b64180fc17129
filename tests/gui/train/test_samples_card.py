"""Answers while it learns: over time, beside the reference, and on request with the price."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedAsk, ScriptedTraining, checkpoint, falling, job
from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.job_samples import SampleAnswer, SampleLine, SampleSheet

LEFT = Qt.MouseButton.LeftButton
LINES = [
    SampleLine(
        prompt="How many moons has Mars?",
        reference="Two. Sigh.",
        answers=[SampleAnswer(0, "Mars has 2 moons."), SampleAnswer(11, "Two, sadly.")],
    ),
    SampleLine(prompt="ดาวอังคาร", reference="", answers=[SampleAnswer(0, "Mars")]),
]


def test_answers_stand_under_their_step_beside_the_reference(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(12)))
    training.samples.known = SampleSheet(lines=LINES, is_by_itself=True)
    card = make_page(training).panel.samples
    gui_loop.settle(card.isVisible)
    assert card.answers.text() == (
        "Base, before training\nMars has 2 moons.\n\nStep 11\nTwo, sadly."
    )
    assert card.reference.text() == "Two. Sigh." and card.reference.isVisible()
    assert not card.ask_now.isVisible()
    qtbot.keyClick(card.prompt, Qt.Key.Key_Down)
    assert card.answers.text() == "Base, before training\nMars"
    assert not card.reference.isVisible()


def test_new_answers_come_with_a_checkpoint_and_the_prompt_stays(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(12)))
    training.samples.known = SampleSheet(lines=LINES, is_by_itself=True)
    card = make_page(training).panel.samples
    gui_loop.settle(card.isVisible)
    qtbot.keyClick(card.prompt, Qt.Key.Key_Down)
    more = SampleLine(
        prompt="ดาวอังคาร", reference="", answers=[SampleAnswer(0, "Mars"), SampleAnswer(11, "แดง")]
    )
    training.samples.known = SampleSheet(lines=[LINES[0], more], is_by_itself=True)
    training.put(job("j1", "running", falling(13), checkpoints=[checkpoint(11)]))
    gui_loop.settle(lambda: "แดง" in card.answers.text())
    assert card.prompt.currentIndex() == 1


@pytest.mark.parametrize(
    ("usd", "words"), [(0.0123, "at most $0.01"), (None, "what they cost is not known")]
)
def test_elsewhere_the_person_asks_and_knows_the_price_first(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    ask: ScriptedAsk,
    usd: float | None,
    words: str,
) -> None:
    training = ScriptedTraining(job("j1", "succeeded", falling(33)))
    training.samples.known = SampleSheet(n_missing=6, usd=usd)
    training.samples.after = SampleSheet(lines=LINES)
    card = make_page(training).panel.samples
    gui_loop.settle(card.ask_now.isVisible)
    ask.yes = False
    qtbot.mouseClick(card.ask_now, LEFT)
    gui_loop.settle(lambda: ask.asked)
    title, text = ask.asked[0]
    assert title == "Ask for 6 answers?" and words in text
    assert training.samples.asked == []
    ask.yes = True
    gui_loop.turn()
    qtbot.mouseClick(card.ask_now, LEFT)
    gui_loop.settle(lambda: "Two, sadly." in card.answers.text())
    assert training.samples.asked == ["j1"] and not card.ask_now.isVisible()


def test_nothing_to_show_and_nobody_to_ask_shows_nothing(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = make_page(ScriptedTraining(job("j1", "queued")))
    gui_loop.turn()
    assert not page.panel.samples.isVisible()


def test_an_answer_that_does_not_come_is_said_in_place(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = ScriptedTraining(job("j1", "succeeded", falling(33)))
    training.samples.known = SampleSheet(n_missing=6)

    async def refuse(_local_id: str) -> None:
        raise TunedeskError("refused", "Not answered.", "The model has ended.", "Ask another.")

    monkeypatch.setattr(training.samples, "ask", refuse)
    card = make_page(training).panel.samples
    gui_loop.settle(card.ask_now.isVisible)
    qtbot.mouseClick(card.ask_now, LEFT)
    gui_loop.settle(card.problem.isVisible)
    assert "The model has ended." in card.problem.text.text()
    assert card.ask_now.isEnabled()
