"""The Settings page: what it says of the engine, looks, folders; by mouse and by keyboard."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import control, visible
from tests.support.gui_loop import GuiLoop
from tests.support.keyrings import GoodKeyring, LockedKeyring
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_engine import ScriptedEngine
from tests.support.widget_words import words_of
from tunedesk.services.project.places import Places
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme

_LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize(
    ("state", "word", "look", "can_start"),
    [
        ("starting", "starting", "chip", False),
        ("ready", "running", "chip-ok", False),
        ("missing", "not installed", "chip-error", True),
        ("no_model", "no model yet", "chip-error", True),
        ("failed", "stopped by an error", "chip-error", True),
        ("stopped", "stopped", "chip", True),
    ],
)
def test_the_engines_state_in_words(
    page: SettingsPage, engine: ScriptedEngine, state: str, word: str, look: str, can_start: bool
) -> None:
    engine.become(state, "<i>It</i> ended with code 3.")
    assert page.providers.engine.state.text() == word
    assert page.providers.engine.state.property("look") == look
    assert page.providers.engine.detail.text() == "<i>It</i> ended with code 3."
    assert page.providers.engine.detail.isVisible()
    assert page.providers.engine.again.isVisible() == can_start
    assert page.providers.engine.fetch.isVisible() == (state == "no_model")
    engine.become(state)
    assert not page.providers.engine.detail.isVisible()


def test_start_again_starts_the_engine(
    page: SettingsPage, engine: ScriptedEngine, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    engine.become("failed", "It ended.")
    qtbot.mouseClick(control(page, "Start again"), _LEFT)
    gui_loop.settle(lambda: engine.status.state == "ready")
    assert (engine.n_starts, engine.n_fetches) == (1, 0)
    assert page.providers.engine.state.text() == "running"
    assert not page.providers.engine.again.isVisible()
    assert page.providers.engine.add.hasFocus()


def test_a_model_that_is_not_here_is_fetched_when_asked(
    page: SettingsPage, engine: ScriptedEngine, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    engine.become("no_model", "It is not here.")
    control(page, "Fetch the model").setFocus()
    qtbot.keyClick(control(page, "Fetch the model"), Qt.Key.Key_Space)
    gui_loop.settle(lambda: engine.status.state == "ready")
    assert engine.n_fetches == 1
    assert page.providers.engine.add.hasFocus()


def test_a_deleted_page_hears_of_no_state(
    page: SettingsPage, engine: ScriptedEngine, gui_loop: GuiLoop
) -> None:
    window = page.window()
    assert isinstance(window, MainWindow)
    window.remove_page("settings")
    gui_loop.turn()
    engine.become("ready")


def test_the_appearance_changes_the_palette_at_once_and_is_remembered(
    page: SettingsPage, theme: Theme, remembered: list[str], qtbot: QtBot
) -> None:
    qtbot.mouseClick(control(page, "Appearance"), _LEFT)
    assert control(page, "Light").isChecked()
    qtbot.mouseClick(control(page, "Dark"), _LEFT)
    assert theme.palette.is_dark
    assert QApplication.palette().window().color() == theme.palette.color("window")
    assert [b.isChecked() for b in visible(page) if b.text() in ("Light", "Dark")] == [False, True]
    qtbot.mouseClick(control(page, "Light"), _LEFT)
    assert not theme.palette.is_dark
    qtbot.mouseClick(control(page, "As the system"), _LEFT)
    assert remembered == ["dark", "light", "system"]


def test_the_chosen_appearance_cannot_be_unchosen(
    page: SettingsPage, theme: Theme, qtbot: QtBot
) -> None:
    qtbot.mouseClick(control(page, "Appearance"), _LEFT)
    qtbot.mouseClick(control(page, "Light"), _LEFT)
    assert control(page, "Light").isChecked()
    assert theme.appearance == "light"


def _headings(page: SettingsPage) -> list[str]:
    labels = [label for label in page.findChildren(QLabel) if label.isVisible()]
    return [label.text() for label in labels if label.property("look") == "heading"]


def test_sections_by_keyboard(page: SettingsPage, qtbot: QtBot) -> None:
    names = [section.accessibleName() for section in page.sections()]
    assert names == ["Providers", "Prices & dates", "Appearance", "Data & privacy", "About"]
    focus = QApplication.focusWidget()
    assert focus is page.sections()[0]
    seen = [_headings(page)]
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
        assert QApplication.focusWidget().isChecked()
        seen.append(_headings(page))
    assert seen[0] == ["On this computer"]
    assert seen[1] == ["Prices of training", "Ends of models"]
    assert seen[2] == ["Light or dark", "Language", "Notifications"]
    assert seen[3] == ["What leaves this computer", "Where things are"]
    assert seen[4][0].startswith("Tunedesk ")


def test_tab_goes_from_the_section_into_its_content(page: SettingsPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(control(page, "Data & privacy"), _LEFT)
    names = []
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        names.append(QApplication.focusWidget().accessibleName())
    assert names == [
        "Show folder Projects",
        "Show folder Models and jobs of the engine",
        "Show folder Settings",
    ]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Projects", lambda places: places.projects),
        ("Models and jobs of the engine", lambda places: places.engine),
        ("Settings", lambda places: places.config),
    ],
)
def test_a_folder_is_named_shown_as_text_and_opened(
    page: SettingsPage,
    places: Places,
    opened: list[QUrl],
    ask: ScriptedAsk,
    qtbot: QtBot,
    name: str,
    folder: Callable[[Places], Path],
) -> None:
    qtbot.mouseClick(control(page, "Data & privacy"), _LEFT)
    qtbot.mouseClick(control(page, f"Show folder {name}"), _LEFT)
    assert [url.toLocalFile() for url in opened] == [str(folder(places))]
    assert str(folder(places)) in words_of(page)
    if "no manager" in str(folder(places)):
        assert f"It is at {folder(places)}" in str(ask.told.pop())
    assert ask.told == []


def test_no_label_reads_its_text_as_markup(page: SettingsPage) -> None:
    labels = page.findChildren(QLabel)
    assert labels
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


def _checked(page: SettingsPage, qtbot: QtBot) -> list[str]:
    qtbot.mouseClick(control(page, "About"), _LEFT)
    qtbot.mouseClick(page.check.go, _LEFT)
    qtbot.waitUntil(lambda: page.check.go.isEnabled())
    qtbot.mouseClick(control(page, "Copy what was found"), _LEFT)
    return QApplication.clipboard().text().splitlines()


def test_a_look_at_the_installation_says_what_to_do(
    page: SettingsPage, engine: ScriptedEngine, keyring: GoodKeyring, qtbot: QtBot
) -> None:
    engine.become("missing", "Install it.")
    found = _checked(page, qtbot)
    assert found[0] == "Engine: look at this. Install it."
    kept = "A trial secret was kept and given back by the test's keyring."
    assert found[1] == f"Keyring: in order. {kept}"
    assert keyring.held == {}
    assert found[2].startswith("Disk: ")
    assert " GB are free" in found[2]
    assert found[3].startswith("Fonts: ")
    assert all(sentence in words_of(page) for sentence in ("Install it.", kept))


@pytest.mark.parametrize("keyring", [LockedKeyring()])
def test_a_locked_keyring_is_named(page: SettingsPage, qtbot: QtBot) -> None:
    expected = "Keyring: look at this. It stayed locked. Unlock it, and check again."
    assert _checked(page, qtbot)[1] == expected


def test_what_is_inside_is_told_with_versions_and_licences(
    page: SettingsPage, qtbot: QtBot
) -> None:
    qtbot.mouseClick(control(page, "About"), _LEFT)
    qtbot.waitUntil(lambda: bool(page.parts.list.toPlainText()))
    lines = page.parts.list.toPlainText().splitlines()
    assert lines[0] == f"Python {platform.python_version()} · PSF-2.0"
    assert any(line.startswith("PySide6_Essentials ") and "LGPL" in line for line in lines)
    assert not any("pytest" in line for line in lines)
