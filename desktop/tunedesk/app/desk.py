"""The whole desk: window, engine, workspace, and the one project that is open."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from tunedesk.app.crash_watch import CrashWatch
from tunedesk.app.error_catcher import ErrorCatcher
from tunedesk.app.error_log import ErrorLog
from tunedesk.app.front_door import Call, FrontDoor
from tunedesk.app.kept_geometry import keep_geometry, keep_look, kept_geometry
from tunedesk.app.open_project import OpenProject
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.environment import FoundKey
from tunedesk.services.project.places import Places
from tunedesk.services.project.self_check import SelfCheck
from tunedesk.services.project.workspace import Project, Workspace
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.fact_tables import FactTables
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import EngineStatus, LocalEngine
from tunedesk.services.providers.model_shelf import ModelShelf
from tunedesk.services.providers.setup import ProviderSetup
from tunedesk.services.work.background import Background
from tunedesk.services.work.spare_memory import keep_little
from tunedesk.store.folders import Folders
from tunedesk.store.secrets import KeyStore
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.desktop_teller import DesktopTeller
from tunedesk.ui.language import Choice, Language
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.pages.welcome.page import WelcomePage
from tunedesk.ui.shell.provider_words import status_words
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.table_watch import TableWatch
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance
from tunedesk.ui.widgets.ask import Ask, DialogAsk

if TYPE_CHECKING:
    from tunedesk.app.project_desk import ProjectDesk

_REMEMBERED = ("data", "train", "compare", "chat", "rate", "results", "models")
_DOT = {
    "ready": "ready",
    "starting": "waiting",
    "stopped": "waiting",
    "missing": "attention",
    "no_model": "attention",
}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Desk:
    """Built before the first paint, so nothing here imports a network or a model library."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        theme: Theme,
        folders: Folders,
        settings: SettingsStore,
        window: MainWindow | None = None,
        language: Language | None = None,
        ask: Ask | None = None,
        found_key: FoundKey | None = None,
    ) -> None:
        """`window` may be on the screen already, empty. `found_key` is a key from the environment,
        for Settings to offer."""
        self._loop, self._theme, self._settings = loop, theme, settings
        self.language = language or Language(theme.app)
        self.window = window or MainWindow(theme)
        self._ask = ask or DialogAsk(self.window)
        self._teller = DesktopTeller(self.window, self.window.come_forward)
        self._errors = ErrorLog(folders.data / "logs")
        self.operations = Operations(loop, self._report)
        self.background = Background()
        self.engine = LocalEngine(folders, self.background)
        self.providers = Providers(self.engine, ProviderBook(settings), ProviderKeys(KeyStore()))
        self.shelf = ModelShelf(self.providers, self.background, folders.data / "engine")
        self._setup = ProviderSetup(self.providers, self.background, found_key)
        self.workspace = Workspace(folders, settings, self.background)
        self._places = Places(
            projects=self.workspace.projects_folder,
            engine=folders.data / "engine",
            config=folders.config,
        )
        self._closing = asyncio.Event()
        self._open = OpenProject(
            window=self.window,
            workspace=self.workspace,
            operations=self.operations,
            background=self.background,
            make=self._make_project_desk,
            report=self._report,
            is_ending=self._closing.is_set,
        )
        tables = FactTables(self.background)
        self.table_watch = TableWatch(tables, self.operations, self.window)
        self._folders = folders
        self._door = FrontDoor(folders.runtime, self._called)
        self._geometry = b""
        self._crash = CrashWatch(settings)
        self._last_words: dict[str, str] = {}
        self._memory = Memory(lambda name: self._settings.get(name, ""), self._keep_word)
        self._catcher = ErrorCatcher(loop, self._report)
        self._tables = tables
        self._add_rail()
        self._add_fixed_pages()
        self._wire()

    # -- what stands before any project --------------------------------------------------------

    def _add_rail(self) -> None:
        for page_id, (title, shortcut) in self._rail_words().items():
            is_low = page_id in ("guide", "settings")
            self.window.add_rail_entry(page_id, title, page_id, shortcut, lower=is_low)

    def _rail_words(self) -> dict[str, tuple[str, str]]:
        tr = self.window.tr
        return {
            "data": (tr("Data"), "Ctrl+1"),
            "train": (tr("Train"), "Ctrl+2"),
            "compare": (tr("Compare"), "Ctrl+3"),
            "results": (tr("Results"), "Ctrl+4"),
            "models": (tr("Models"), "Ctrl+5"),
            "guide": (tr("Guide"), "Ctrl+6"),
            "settings": (tr("Settings"), "Ctrl+,"),
        }

    def _add_fixed_pages(self) -> None:
        self.welcome = WelcomePage(
            workspace=self.workspace, operations=self.operations, ask=self._ask, now_ms=now_ms
        )
        settings = SettingsPage(
            setup=self._setup,
            tables=self._tables,
            engine=self.engine,
            shelf=self.shelf,
            places=self._places,
            operations=self.operations,
            ask=self._ask,
            theme=self._theme,
            memory=self._memory,
            remember=self._remember_appearance,
            check=SelfCheck(self.engine, self.providers.keys, self._places, self.background),
            background=self.background,
            language=self.language.choice,
            choose_language=self.choose_language,
            has_page=self.window.has_page,
        )
        settings.tables.changed.connect(self.table_watch.look)
        self.table_watch.changed.connect(settings.tables.look_again)
        self.table_watch.changed.connect(settings.providers.look_again)
        self.window.set_page("welcome", self.welcome)
        self.window.set_page("settings", settings)
        self._wire_welcome()

    def choose_language(self, choice: Choice, page: str = "settings") -> None:
        """Remember it, and make everything anew where it is another one: no text that stands has
        to know how to change, and a page that was made in a language is in it to the last word.
        `page` is shown after."""
        writing = self.background.run(self._settings.set, "language", choice)
        self.operations.run(writing, owner=self.window)
        if not self.language.choose(choice):
            return
        for page_id, (title, shortcut) in self._rail_words().items():
            self.window.name_rail_entry(page_id, title, shortcut)
        self._add_fixed_pages()
        self._show_engine(self.engine.status)
        self._show_providers()
        self.window.show_page("settings", "appearance")
        self._open.make_anew(page)

    def _remember_appearance(self, appearance: Appearance) -> None:
        writing = self.background.run(self._settings.set, "appearance", appearance)
        self.operations.run(writing, owner=self.window)

    def _keep_word(self, name: str, text: str) -> None:
        """A word that cannot be kept is no reason to stop anyone."""
        if self._closing.is_set():
            self._last_words[name] = text
        else:
            writing = self.background.run(self._settings.set, name, text)
            self.operations.run(writing, owner=self.window, failed=self._ignore)

    def _wire(self) -> None:
        self.window.closing.connect(self.close)
        opened = self._open
        self.window.files_dropped.connect(lambda names: opened.open_files([Path(n) for n in names]))
        self.window.open_asked.connect(self._choose_files)
        self._forget_engine = self.engine.subscribe(self._show_engine)
        self._forget_providers = self._setup.subscribe(self._show_providers)
        self._show_engine(self.engine.status)
        self._show_providers()

    def _wire_welcome(self) -> None:
        opened = self._open
        self.welcome.files_chosen.connect(opened.open_files)
        self.welcome.sample_chosen.connect(opened.open_sample)
        self.welcome.start_empty.connect(opened.start_empty)
        self.welcome.project_chosen.connect(opened.open_folder)
        self.welcome.guide_wanted.connect(self._open_guide)

    def _open_guide(self) -> None:
        """The six questions; they are answered for a project, so that the sample opens where
        none is open and none is being opened."""
        if self._open.is_empty:
            self._open.open_sample("marv", "guide")
        else:
            self.window.show_page("guide", "questions")

    def _choose_files(self, is_folder: bool) -> None:
        """Without a mouse: what a drop on the page would do."""
        project = self._open.shown
        if project is None or self.window.current_page == "welcome":
            self.welcome.choose_files(is_folder=is_folder)
        elif is_folder:
            project.files.importer.choose_folder()
        else:
            project.files.importer.choose()

    def _report(self, error: BaseException) -> None:
        """One dialog, never a silent death; after the person closed the window, the log alone."""
        if isinstance(error, KeyboardInterrupt):
            self.close()
        elif not isinstance(error, asyncio.CancelledError):
            if self._closing.is_set() or not isinstance(error, TunedeskError):
                self._errors.note(error)
            if not self._closing.is_set():
                self._ask.tell(error)

    @property
    def project(self) -> ProjectDesk | None:
        """What belongs to the project that is open."""
        return self._open.shown

    def _make_project_desk(self, project: Project) -> ProjectDesk:
        from tunedesk.app.project_desk import ProjectDesk  # loaded by then

        made = ProjectDesk(
            project=project,
            providers=self.providers,
            background=self.background,
            operations=self.operations,
            ask=self._ask,
            theme=self._theme,
            now_ms=now_ms,
            memory=self._memory,
            datasets=self.window.rail.datasets,
            is_after_crash=self._crash.is_first_look,
            table_watch=self.table_watch,
            shelf=self.shelf,
            teller=self._teller,
        )
        made.language_wanted.connect(
            lambda code: self.choose_language("th" if code == "th" else "en", "guide"),
            Qt.ConnectionType.QueuedConnection,  # not while the page that asks is at it
        )
        return made

    # -- life ----------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the first page, and the window where it was last time, if it is not shown yet."""
        self.window.show_page("welcome")
        if not self.window.isVisible():
            self.window.restore(kept_geometry(self._settings))
            self.window.show()

    async def run(self, files: list[Path]) -> None:
        """Start the engine, open what was asked for or was open last, and live until closed."""
        try:
            self.operations.run(self.background.run(keep_little), owner=self.window)
            self.operations.run(self.background.run(self._crash.begin), owner=self.window)
            self.operations.run(self.engine.start(), owner=self.window, failed=self._ignore)
            self.operations.run(self._open_door(), owner=self.window, failed=self._ignore)
            self._setup.load_keys()
            self.table_watch.look()
            first = self._open.open_first(files, self._remembered_page())
            self.operations.run(first, owner=self.window)
            await self._closing.wait()
        finally:
            await self._shut_down()

    async def _open_door(self) -> None:
        await self.background.run(self._folders.make)
        if not self._closing.is_set():
            self._door.open()

    def _called(self, call: Call) -> None:
        """The person started the app once more: here it is."""
        if call.activation:
            os.environ["XDG_ACTIVATION_TOKEN"] = call.activation  # Qt hands it to Wayland
        self.window.come_forward()
        if call.files:
            self._open.open_files([Path(name) for name in call.files])

    def close(self) -> None:
        """Ask for the end; `run` returns when everything is down."""
        self._closing.set()

    async def _shut_down(self) -> None:
        """Every step is done, also when one before it failed."""
        self._closing.set()
        self._door.close()
        for step in (
            self._put_window_away,
            self._stop_adding,
            self._open.settle,
            self._keep_place,  # after that: opening writes to the settings, too
            self.operations.close,
            self._open.close,
            self.providers.close,
            self.engine.stop,
            self.background.close,
        ):
            try:
                await step()
            except Exception as error:
                self._report(error)
        self._errors.close()
        self._catcher.release()
        self.window.allow_close()
        self.window.close()
        self.window.deleteLater()

    async def _stop_adding(self) -> None:
        self.shelf.stop()

    async def _put_window_away(self) -> None:
        self._forget_engine()
        self._forget_providers()
        self._teller.close()
        self._geometry = bytes(self.window.saveGeometry().data())
        self.window.hide()

    async def _keep_place(self) -> None:
        keep_geometry(self._settings, self._geometry)
        keep_look(self._settings, self._theme.palette.name)
        self._settings.set("page", self.window.current_page)
        if self.project is not None:
            self.project.keep_view()
        for name, text in self._last_words.items():
            self._settings.set(name, text)
        self._crash.ended_well()

    def _ignore(self, _error: TunedeskError) -> None:
        """The engine's state is shown in the status bar and in Settings; no dialog on top. Nor for
        a place in a table that could not be kept."""

    # -- remembered things -----------------------------------------------------------------------

    def _remembered_page(self) -> str:
        page = self._settings.get("page", "data")
        return page if page in _REMEMBERED else "data"

    def _show_providers(self) -> None:
        self.window.status.set_providers([status_words(view) for view in self._setup.views()])

    def _show_engine(self, status: EngineStatus) -> None:
        tr = self.window.tr
        words = {
            "starting": tr("On this computer · starting…"),
            "ready": tr("On this computer · SmolLM2-135M ready"),
            "missing": tr("The local engine is not installed · see Settings"),
            "no_model": tr("The local engine has no model yet · see Settings"),
            "failed": tr("The local engine stopped · see Settings"),
            "stopped": tr("The local engine is not running · see Settings"),
        }
        self.window.status.set_engine(_DOT.get(status.state, "failed"), words[status.state])
