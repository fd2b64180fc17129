"""Fixtures of the Settings page's tests: the real services on a throw-away home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from tests.support.fake_provider import FakeProvider
from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.keyrings import GoodKeyring, key_store
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_engine import ScriptedEngine
from tests.support.scripted_shelf import ScriptedShelf
from tunedesk.services.project.places import Places
from tunedesk.services.project.self_check import SelfCheck
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.fact_tables import FactTables
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.setup import ProviderSetup
from tunedesk.services.work.background import Background
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme

__all__ = ["gui_loop", "operations", "reported", "theme"]


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def remembered() -> list[str]:
    """Appearances that were chosen."""
    return []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[QUrl]:
    """Addresses the desktop was asked to open."""
    asked: list[QUrl] = []

    def open_url(url: QUrl) -> bool:
        asked.append(url)
        return "no manager" not in url.path()

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    return asked


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(
        projects=tmp_path / "<b>projects</b> & ไทย",
        engine=tmp_path / "engine",
        config=tmp_path / "config of no manager",
    )


@pytest.fixture
def ask() -> ScriptedAsk:
    return ScriptedAsk()


@pytest.fixture
def keyring() -> GoodKeyring:
    return GoodKeyring()


@pytest.fixture
def setup(
    tmp_path: Path, keys: ProviderKeys, engine: ScriptedEngine, gui_loop: GuiLoop
) -> Iterator[ProviderSetup]:
    background = Background()
    settings = SettingsStore(tmp_path / "config" / "settings.json")
    providers = Providers(engine, ProviderBook(settings), keys)  # type: ignore[arg-type]
    yield ProviderSetup(providers, background)
    gui_loop.run(providers.close())
    gui_loop.run(background.close())


@pytest.fixture
def background(gui_loop: GuiLoop) -> Iterator[Background]:
    made = Background()
    yield made
    gui_loop.run(made.close())


@pytest.fixture
def keys(keyring: GoodKeyring) -> ProviderKeys:
    return ProviderKeys(key_store(keyring), slow_s=0.3)


@pytest.fixture
def server(gui_loop: GuiLoop) -> Iterator[FakeProvider]:
    made = FakeProvider()
    gui_loop.run(made.open())
    yield made
    gui_loop.run(made.close())


@pytest.fixture
def tables(tmp_path: Path, gui_loop: GuiLoop) -> Iterator[FactTables]:
    background = Background()
    yield FactTables(background, tmp_path / "config" / "tables")
    gui_loop.run(background.close())


@pytest.fixture
def shelf() -> ScriptedShelf:
    return ScriptedShelf()


@pytest.fixture
def page(
    setup: ProviderSetup,
    keys: ProviderKeys,
    shelf: ScriptedShelf,
    tables: FactTables,
    engine: ScriptedEngine,
    places: Places,
    remembered: list[str],
    opened: list[QUrl],
    operations: Operations,
    ask: ScriptedAsk,
    theme: Theme,
    background: Background,
    qtbot: QtBot,
) -> SettingsPage:
    made = SettingsPage(
        setup=setup,
        tables=tables,
        engine=engine,  # type: ignore[arg-type]
        shelf=shelf,  # type: ignore[arg-type]
        places=places,
        operations=operations,
        ask=ask,
        theme=theme,
        memory=Memory(),
        remember=remembered.append,
        check=SelfCheck(engine, keys, places, background),  # type: ignore[arg-type]
        background=background,
    )
    window = MainWindow(theme)
    window.allow_close()
    window.set_page("settings", made)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.resize(1024, 700)
        window.show()
        window.activateWindow()
    window.show_page("settings")
    return made
