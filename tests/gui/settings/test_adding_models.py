"""Adding a base model on the engine's card: chosen or dropped, followed, refused, stopped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.dropping import drop_files
from tests.support.find_button import control
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_engine import ScriptedEngine
from tests.support.scripted_shelf import ScriptedShelf, model
from tunedesk.core.errors import TunedeskError
from tunedesk.services.providers.model_shelf import AddedModel, AddProgress
from tunedesk.ui.pages.settings.engine_card import EngineCard
from tunedesk.ui.pages.settings.page import SettingsPage

_LEFT = Qt.MouseButton.LeftButton


def card_of(page: SettingsPage) -> EngineCard:
    return page.providers.engine


def choice(page: SettingsPage, words: str) -> QAction:
    made = control(page, "Add a model to this computer")
    assert isinstance(made, QPushButton)
    return next(action for action in made.menu().actions() if action.text() == words)


def test_the_card_names_the_models_that_are_there(
    page: SettingsPage, engine: ScriptedEngine, gui_loop: GuiLoop, shelf: ScriptedShelf
) -> None:
    shelf.models = [model("smollm2-135m-instruct"), model("qwen2.5-0.5b"), model("x", "tuned")]
    engine.become("ready")
    gui_loop.settle(lambda: card_of(page).models.isVisible())
    assert card_of(page).models.text() == "SmolLM2-135M-Instruct, qwen2.5-0.5b · 1 tuned model"


def test_a_chosen_folder_is_followed_to_its_end(
    page: SettingsPage,
    gui_loop: GuiLoop,
    shelf: ScriptedShelf,
    ask: ScriptedAsk,
) -> None:
    ask.files = [Path("/models/Tiny Qwen")]
    choice(page, "A Hugging Face folder…").trigger()
    gui_loop.settle(lambda: shelf.sources == ask.files)
    card = card_of(page)
    shelf.at(AddProgress(text="Taking model.safetensors", share=0.4))
    assert (card.work.text.text(), card.work.bar.value()) == ("Taking model.safetensors", 400)
    assert card.stop.isVisible() and not card.add.isEnabled()
    shelf.models = [*shelf.models, model("tiny-qwen")]
    shelf.finish(AddedModel(name="tiny-qwen", notes=["Python code was left out."]))
    gui_loop.settle(card.outcome.isVisible)
    assert card.outcome.text.text() == (
        "tiny-qwen is ready: it can be tuned, compared and asked. Python code was left out."
    )
    assert not card.stop.isVisible() and card.add.isEnabled()
    gui_loop.settle(lambda: "tiny-qwen" in card.models.text())


def test_a_dropped_file_may_be_refused_in_words(
    page: SettingsPage, gui_loop: GuiLoop, shelf: ScriptedShelf
) -> None:
    card = card_of(page)
    drop_files(card, Path("/a.gguf"), Path("/b.gguf"))  # two are for whoever stands behind
    gui_loop.turn()
    assert shelf.sources == []
    assert drop_files(card, Path("/a.gguf"))
    gui_loop.settle(lambda: shelf.sources == [Path("/a.gguf")])
    drop_files(card, Path("/b.gguf"))  # one at a time
    gui_loop.turn()
    assert shelf.sources == [Path("/a.gguf")]
    shelf.finish(TunedeskError("model_refused", "The model was not added.", "Why.", "Do this."))
    gui_loop.settle(card.outcome.isVisible)
    assert card.outcome.text.text() == "The model was not added. Why. Do this."
    assert card.outcome.property("look") == "notice-error"


def test_stop_gives_it_up(
    page: SettingsPage, gui_loop: GuiLoop, shelf: ScriptedShelf, ask: ScriptedAsk, qtbot: QtBot
) -> None:
    ask.files = [Path("/some.gguf")]
    choice(page, "A GGUF file…").trigger()
    gui_loop.settle(lambda: shelf.sources == ask.files)
    qtbot.mouseClick(control(page, "Stop adding the model"), _LEFT)
    assert shelf.n_stops == 1
    shelf.finish(TunedeskError("stopped", "The model was not added.", "It was stopped.", ""))
    gui_loop.settle(card_of(page).outcome.isVisible)
    assert card_of(page).outcome.property("look") == "notice-info"


def test_the_models_page_leads_to_the_button(page: SettingsPage) -> None:
    page.on_enter("add_model")
    assert page.first_focus() is card_of(page).add
    page.on_enter(None)
    assert page.first_focus() is not card_of(page).add
