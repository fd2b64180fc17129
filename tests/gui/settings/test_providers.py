"""Providers on the Settings page: added, tested, changed and removed by mouse and keyboard."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from tests.support.fake_provider import FakeProvider, Reply, refusal
from tests.support.find_button import control
from tests.support.gui_loop import GuiLoop
from tests.support.keyrings import NAME, GoodKeyring
from tests.support.scripted_ask import ScriptedAsk
from tests.support.widget_words import words_of
from tunedesk.providers.environment import FoundKey
from tunedesk.services.providers.setup import KeyState, ProviderSetup, ProviderView
from tunedesk.ui.pages.settings.key_dialog import KeyDialog
from tunedesk.ui.pages.settings.key_words import key_chip, key_sentence
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.pages.settings.provider_card import ProviderCard
from tunedesk.ui.pages.settings.provider_dialog import ProviderDialog

D = TypeVar("D", bound=QDialog)
_LEFT = Qt.MouseButton.LeftButton
KEY = "sk-canary-gui-5d55f00d7Qe2"
EMPTY = {"object": "list", "data": [], "has_more": False}


class Person:
    """Does on the page what a person does."""

    def __init__(self, page: SettingsPage, loop: GuiLoop, qtbot: QtBot) -> None:
        self.page, self.loop, self.qtbot = page, loop, qtbot

    def begins(self, preset: str) -> ProviderDialog:
        menu = self.page.providers.add.menu()
        assert isinstance(menu, QMenu)
        next(action for action in menu.actions() if action.text() == preset).trigger()
        return self.dialog(ProviderDialog)

    def dialog(self, kind: type[D]) -> D:
        self.loop.settle(lambda: self._dialogs(kind))
        return self._dialogs(kind)[0]

    def _dialogs(self, kind: type[D]) -> list[D]:
        return [one for one in self.page.window().findChildren(kind) if one.isVisible()]

    def clicks(self, name: str) -> None:
        self.qtbot.mouseClick(control(self.page, name), _LEFT)

    def adds(self, server: FakeProvider, name: str = "Mine") -> ProviderCard:
        dialog = self.begins("Other")
        dialog.name.setText(name)
        dialog.address.setText(server.base_url)
        self.qtbot.keyClicks(dialog.key, KEY)
        self.qtbot.keyClick(dialog.key, Qt.Key.Key_Return)
        self.loop.settle(lambda: self.cards() and self.cards()[-1].answers.isVisible())
        self.loop.settle(lambda: self.cards()[-1].test.text() == "Test")
        return self.cards()[-1]

    def cards(self) -> list[ProviderCard]:
        return list(self.page.providers.cards.values())


@pytest.fixture
def person(page: SettingsPage, gui_loop: GuiLoop, qtbot: QtBot) -> Person:
    return Person(page, gui_loop, qtbot)


def test_a_provider_is_added_tested_and_its_key_never_shown(
    person: Person, page: SettingsPage, server: FakeProvider, keyring: GoodKeyring
) -> None:
    server.before = lambda _: Reply(EMPTY)
    card = person.adds(server)
    assert card.state.text() == "key works"
    assert card.key.text() == f"sk-…7Qe2   kept in: {NAME}"
    assert not card.key_state.isVisible()
    assert list(keyring.held.values()) == [KEY]
    assert "fine-tuned" in card.answers.summary.text()
    assert KEY not in " ".join(words_of(page.window()))
    assert {r.method for r in server.requests} == {"GET"}


def test_a_server_with_chat_alone_says_that_training_is_off(
    person: Person, server: FakeProvider, setup: ProviderSetup
) -> None:
    server.before = lambda r: Reply(EMPTY) if "models" in r.path else refusal(404, "<b>No.</b>")
    card = person.adds(server)
    assert "training there is off" in card.answers.summary.text()
    assert not setup.views()[0].profile.trains
    person.clicks("Show the answers")
    assert "<b>No.</b>" in card.answers.raw.toPlainText()
    assert card.answers.raw.isReadOnly()
    person.clicks("Hide the answers")
    assert not card.answers.raw.isVisible()


def test_what_a_new_provider_answered_is_scrolled_to(
    person: Person, page: SettingsPage, server: FakeProvider, gui_loop: GuiLoop
) -> None:
    page.window().resize(1024, 600)
    server.before = lambda _: refusal(404, "No.")
    for _ in range(2):
        card = person.adds(server)
    gui_loop.settle(lambda: not card.answers.more.visibleRegion().isEmpty())
    assert card.isAncestorOf(page.window().focusWidget())


def test_a_refused_key_is_said_once_with_the_next_step(
    person: Person, server: FakeProvider
) -> None:
    server.before = lambda _: refusal(401, f"Incorrect API key provided: {KEY}")
    card = person.adds(server)
    assert card.state.text() == "key refused"
    assert card.answers.problem.text().count("does not accept the key") == 1
    assert "Check the key" in card.answers.problem.text()
    assert KEY not in " ".join(words_of(card))


class Silent:
    """A server that hears and says nothing."""

    def __init__(self) -> None:
        self.n_asked = self.n_left = 0
        self.address = ""
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.n_asked += 1
        await reader.read()
        self.n_left += 1
        writer.close()


async def _listening() -> Silent:
    made = Silent()
    await made.open()
    return made


def test_a_test_can_be_stopped(
    person: Person, server: FakeProvider, setup: ProviderSetup, gui_loop: GuiLoop
) -> None:
    server.before = lambda _: Reply(EMPTY)
    card = person.adds(server)
    silent = gui_loop.run(_listening())
    made = msgspec.structs.replace(setup.views()[0].profile, base_url=silent.address)
    gui_loop.run(setup.put(made, KEY))
    person.clicks("Test Mine")
    gui_loop.settle(lambda: silent.n_asked == 3)
    assert (card.state.text(), card.test.text()) == ("testing…", "Stop")
    person.clicks("Test Mine")
    gui_loop.settle(lambda: card.test.text() == "Test")
    gui_loop.settle(lambda: silent.n_left == 3)
    assert not card.state.isVisible()
    gui_loop.run(silent.close())


def test_another_address_needs_the_key_again(
    person: Person, server: FakeProvider, keyring: GoodKeyring, gui_loop: GuiLoop
) -> None:
    server.before = lambda _: Reply(EMPTY)
    card = person.adds(server)
    person.clicks("Edit Mine")
    dialog = person.dialog(ProviderDialog)
    assert dialog.key.placeholderText() == "sk-…7Qe2 stays"
    dialog.address.setText("https://api.example.com/v1")
    assert "has to be entered again" in dialog.key_told.text()
    person.qtbot.mouseClick(dialog.save, _LEFT)
    gui_loop.settle(lambda: "asked for again" in card.key_told.text())
    assert card.key_state.text() == "needs its key again"
    gui_loop.settle(lambda: keyring.held == {})
    assert card.replace.text() == "Enter key…"


def test_a_key_is_replaced(
    person: Person, server: FakeProvider, keyring: GoodKeyring, gui_loop: GuiLoop
) -> None:
    server.before = lambda _: Reply(EMPTY)
    person.adds(server)
    person.clicks("Key of Mine")
    dialog = person.dialog(KeyDialog)
    assert not dialog.go.isEnabled()
    person.qtbot.keyClicks(dialog.key, "sk-another-key-9999")
    person.qtbot.keyClick(dialog.key, Qt.Key.Key_Return)
    gui_loop.settle(lambda: list(keyring.held.values()) == ["sk-another-key-9999"])
    gui_loop.settle(lambda: server.requests[-1].headers["authorization"].endswith("9999"))
    gui_loop.settle(lambda: person.cards()[0].test.text() == "Test")


@pytest.mark.parametrize("says", [False, True])
def test_removing_asks_first(
    person: Person,
    server: FakeProvider,
    ask: ScriptedAsk,
    keyring: GoodKeyring,
    gui_loop: GuiLoop,
    says: bool,
) -> None:
    server.before = lambda _: Reply(EMPTY)
    person.adds(server)
    ask.says = says
    person.clicks("Remove Mine")
    gui_loop.settle(lambda: ask.questions)
    gui_loop.settle(lambda: len(person.cards()) == (0 if says else 1))
    gui_loop.settle(lambda: bool(keyring.held) != says)
    assert "Mine" in ask.questions[0][0]


def test_what_cannot_be_kept_is_said_in_the_dialog_which_stays(
    person: Person, gui_loop: GuiLoop, server: FakeProvider
) -> None:
    dialog = person.begins("Nebius Token Factory")
    assert dialog.address.text() == "https://api.tokenfactory.nebius.com/v1"
    dialog.address.setText("http://example.com/v1")
    person.qtbot.mouseClick(dialog.save, _LEFT)
    gui_loop.settle(lambda: "not encrypted" in dialog.problem.text())
    assert dialog.isVisible() and dialog.save.isEnabled()
    person.qtbot.mouseClick(dialog.more, _LEFT)
    dialog.quirks.body.setPlainText('{"lora": tru}')
    person.qtbot.mouseClick(dialog.save, _LEFT)
    assert "Line 1, column 10" in dialog.problem.text()
    dialog.quirks.body.setPlainText("")
    dialog.quirks.headers.setPlainText("X-Route fast")
    person.qtbot.mouseClick(dialog.save, _LEFT)
    assert 'not of the form "name: value"' in dialog.problem.text()
    person.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    gui_loop.turn()
    assert person.cards() == []


def test_every_switch_is_kept_and_secret_headers_go_to_the_keyring(
    person: Person,
    setup: ProviderSetup,
    keyring: GoodKeyring,
    server: FakeProvider,
    gui_loop: GuiLoop,
) -> None:
    server.before = lambda _: Reply(EMPTY)
    dialog = person.begins("Other")
    dialog.address.setText(server.base_url)
    form = dialog.quirks
    form.headers.setPlainText("X-Route: fast\nX-Portkey-Api-Key: pk-second-1234")
    form.query.setPlainText("api-version: 2026-01-01")
    form.body.setPlainText('{"lora": true}')
    form.key_header.setText("api-key")
    for choice, words in (
        (form.hyperparameters, "at the top level"),
        (form.learning_rate, "the rate itself"),
        (form.metrics, "checkpoints only"),
        (form.validation, "billed"),
        (form.hosting, "is billed by the hour or by the day"),
    ):
        choice.setCurrentText(words)
    for box in (form.uploads, form.pause, form.empty_json):
        box.setChecked(True)
    form.checkpoints.setChecked(False)
    form.uploads_from.setValue(100)
    form.min_examples.setValue(3)
    form.max_row_tokens.setValue(4096)
    dialog.key.setText(KEY)
    person.qtbot.mouseClick(dialog.save, _LEFT)
    gui_loop.settle(lambda: len(keyring.held) == 2)
    gui_loop.settle(lambda: person.cards()[0].test.text() == "Test" and server.requests)
    made = setup.views()[0].profile
    assert made.extra_headers == {"X-Route": "fast"}
    assert made.secret_headers == ["X-Portkey-Api-Key"]
    assert (made.extra_query, made.extra_body) == ({"api-version": "2026-01-01"}, {"lora": True})
    assert made.key_header == "api-key"
    assert (made.hyperparameters_in, made.learning_rate) == ("top_level", "absolute")
    assert (made.metrics_in, made.validation_billed) == ("checkpoints", True)
    assert (made.hosting_billed, made.empty_json) == (True, True)
    assert (made.uploads, made.uploads_from_bytes) == (True, 104_857_600)
    assert (made.pause, made.checkpoints, made.min_examples) == (True, False, 3)
    assert made.max_row_tokens == 4096
    assert server.requests[-1].headers["x-portkey-api-key"] == "pk-second-1234"
    person.clicks("Edit Other")
    again = person.dialog(ProviderDialog)
    assert again.quirks.headers.toPlainText() == "X-Route: fast\nX-Portkey-Api-Key: …"
    person.qtbot.mouseClick(again.save, _LEFT)
    gui_loop.settle(lambda: not person._dialogs(ProviderDialog))
    assert setup.views()[0].profile == made
    assert len(keyring.held) == 2


def test_deployments_are_entered_where_a_model_has_no_other_name(
    person: Person, setup: ProviderSetup, server: FakeProvider, gui_loop: GuiLoop
) -> None:
    dialog = person.begins("Azure OpenAI / Microsoft Foundry")
    dialog.address.setText(server.base_url)
    dialog.key.setText(KEY)
    dialog.deployments.setPlainText("prod")
    person.qtbot.mouseClick(dialog.save, _LEFT)
    assert dialog.problem.text().startswith("Deployments cannot be read. Line 1")
    dialog.deployments.setPlainText("prod: gpt-4.1-mini")
    person.qtbot.mouseClick(dialog.save, _LEFT)
    gui_loop.settle(lambda: person.cards() and person.cards()[0].test.text() == "Test")
    assert setup.views()[0].profile.called("gpt-4.1-mini") == "prod"
    assert not person.begins("Other").deployments.isVisible()


@pytest.mark.parametrize(
    ("state", "chip", "sentence"),
    [
        (KeyState(kept="keyring", hint="sk-…"), "", ""),
        (
            KeyState(kept="session", hint="…", why="none"),
            "no keyring: this session only",
            "No secure",
        ),
        (KeyState(kept="session", hint="…", why="unsafe"), "this session only", "plain text"),
        (KeyState(kept="session", hint="…", why="forgetful"), "this session only", "loses what"),
        (KeyState(kept="session", hint="…", why="locked"), "this session only", "stayed locked"),
        (KeyState(kept="session", hint="…", why="failed"), "this session only", "keyring failed"),
        (KeyState(kept="waiting", hint="…", why="slow"), "the keyring does not answer", "another"),
        (KeyState(why="locked"), "keyring closed", "Unlock it and look again"),
        (KeyState(why="unsafe"), "needs a key", "does not use it"),
        (KeyState(), "needs a key", ""),
    ],
)
def test_where_a_key_is_kept_is_said_plainly(
    setup: ProviderSetup, state: KeyState, chip: str, sentence: str
) -> None:
    view = ProviderView(profile=setup.draft("openai"), key=state)
    assert key_chip(view)[0] == chip
    assert sentence in key_sentence(view)
    assert bool(sentence) == bool(key_sentence(view))
    if state.kept in ("session",):
        assert "never written to a file" in key_sentence(view)


def test_a_key_of_the_environment_is_offered_and_moved(
    person: Person,
    page: SettingsPage,
    setup: ProviderSetup,
    keyring: GoodKeyring,
    server: FakeProvider,
    gui_loop: GuiLoop,
) -> None:
    assert not page.providers.found.isVisible()
    setup._found = FoundKey(KEY, server.base_url)
    page.providers.refresh()
    assert "OPENAI_API_KEY" in page.providers.found.text.text()
    assert keyring.held == {}
    person.clicks("Keep it for 127.0.0.1")
    gui_loop.settle(lambda: list(keyring.held.values()) == [KEY])
    assert not page.providers.found.isVisible()
    assert person.cards()[0].address.text() == server.base_url
    assert server.requests == []


def test_a_provider_by_keyboard_alone(
    person: Person, page: SettingsPage, setup: ProviderSetup, gui_loop: GuiLoop
) -> None:
    made = msgspec.structs.replace(setup.draft("openai"), name="By keys")
    gui_loop.run(setup.put(made, KEY))
    gui_loop.settle(lambda: setup.views()[0].key.kept == "keyring")
    names = []
    for _ in range(6):
        person.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        names.append(QApplication.focusWidget().accessibleName())
    wanted = ["Test By keys", "Edit By keys", "Key of By keys", "Remove By keys", "Add a provider"]
    assert [name for name in names if name in wanted] == wanted
