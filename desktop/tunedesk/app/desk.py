"""The whole desk: window, engine, workspace, and the one project that is open."""

from __future__ import annotations

import asyncio
import base64
import binascii
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tunedesk.app.error_log import ErrorLog
from tunedesk.app.project_desk import ProjectDesk
from tunedesk.core.errors import TunedeskError
from tunedesk.services.background import Background
from tunedesk.services.local_engine import EngineStatus, LocalEngine
from tunedesk.services.places import Places
from tunedesk.services.providers import Providers
from tunedesk.services.workspace import Project, Workspace
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.pages.welcome.page import WelcomePage
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask, DialogAsk

_DOT = {"ready": "ready", "starting": "waiting", "stopped": "waiting", "missing": "attention"}
_FIRST_SAMPLE = "marv"


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
        ask: Ask | None = None,
    ) -> None:
        self._loop, self._theme, self._settings = loop, theme, settings
        self.window = MainWindow(theme)
        self._ask = ask or DialogAsk(self.window)
        self._errors = ErrorLog(folders.data / "logs")
        self.operations = Operations(loop, self._report)
        self.background = Background()
        self.engine = LocalEngine(folders, self.background)
        self.providers = Providers(self.engine)
        self.workspace = Workspace(folders, settings, self.background)
        self.project: ProjectDesk | None = None
        self._places = Places(
            projects=self.workspace.projects_folder,
            engine=folders.data / "engine",
            config=folders.config,
        )
        self._closing = asyncio.Event()
        self._add_rail()
        self._add_fixed_pages()
        self._catch_errors()
        self._wire()

    # -- what stands before any project --------------------------------------------------------

    def _add_rail(self) -> None:
        tr, add = self.window.tr, self.window.add_rail_entry
        add("data", tr("Data"), "data", "Ctrl+1")
        add("train", tr("Train"), "train", "Ctrl+2")
        add("compare", tr("Compare"), "compare", "Ctrl+3")
        add("results", tr("Results"), "results", "Ctrl+4")
        add("settings", tr("Settings"), "settings", "Ctrl+,", lower=True)

    def _add_fixed_pages(self) -> None:
        self.welcome = WelcomePage(
            workspace=self.workspace, operations=self.operations, ask=self._ask, now_ms=now_ms
        )
        settings = SettingsPage(
            engine=self.engine,
            places=self._places,
            operations=self.operations,
            theme=self._theme,
            remember=lambda appearance: self._settings.set("appearance", appearance),
        )
        self.window.set_page("welcome", self.welcome)
        self.window.set_page("settings", settings)

    def _wire(self) -> None:
        self.window.closing.connect(self.close)
        self.window.files_dropped.connect(lambda names: self.open_files([Path(n) for n in names]))
        self.welcome.files_chosen.connect(self.open_files)
        self.welcome.sample_chosen.connect(self._open_sample)
        self.welcome.start_empty.connect(self._start_empty)
        self.welcome.project_chosen.connect(self._open_folder)
        self._forget_engine = self.engine.subscribe(self._show_engine)
        self._show_engine(self.engine.status)

    def _catch_errors(self) -> None:
        """An exception in a slot or a lost task becomes one dialog, never a silent death."""

        def from_slot(
            _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
        ) -> None:
            self._report(error)

        def from_loop(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
            error = context.get("exception")
            if isinstance(error, BaseException):
                self._report(error)

        sys.excepthook = from_slot
        self._loop.set_exception_handler(from_loop)

    def _report(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            self.close()
        elif not isinstance(error, asyncio.CancelledError):
            if not isinstance(error, TunedeskError):
                self._errors.note(error)
            self._ask.tell(error)

    # -- life ----------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the window where it was last time."""
        self.window.restore(self._kept_geometry())
        self.window.show_page("welcome")
        self.window.show()

    async def run(self, files: list[Path]) -> None:
        """Start the engine, open what was asked for or was open last, and live until closed."""
        try:
            self.operations.run(self.engine.start(), owner=self.window, failed=self._ignore)
            self.operations.run(self._first_project(files), owner=self.window)
            await self._closing.wait()
        finally:
            await self._shut_down()

    def close(self) -> None:
        """Ask for the end; `run` returns when everything is down."""
        self._closing.set()

    async def _first_project(self, files: list[Path]) -> None:
        last = self.workspace.last_folder()
        if last is not None:
            project = await self.workspace.open(last)
        elif files:
            project = await self.workspace.create(files[0].stem)
        else:
            project = await self.workspace.create_sample(_FIRST_SAMPLE)
        await self._show_project(project, page=self._remembered_page())
        for path in files:
            await self._add_file(path)

    async def _shut_down(self) -> None:
        self._keep_geometry()
        self._forget_engine()
        await self.operations.close()
        await self._close_project()
        await self.providers.close()
        await self.engine.stop()
        await self.background.close()
        self._errors.close()
        sys.excepthook = sys.__excepthook__
        self.window.allow_close()
        self.window.close()
        self.window.deleteLater()

    def _ignore(self, _error: TunedeskError) -> None:
        """The engine's state is shown in the status bar and in Settings; no dialog on top."""

    # -- projects ------------------------------------------------------------------------------

    async def _show_project(self, project: Project, page: str = "data") -> None:
        await self._close_project()
        self.project = ProjectDesk(
            project=project,
            providers=self.providers,
            background=self.background,
            operations=self.operations,
            ask=self._ask,
            theme=self._theme,
            now_ms=now_ms,
        )
        for page_id, made in self.project.pages.items():
            self.window.set_page(page_id, made)
        await self.project.open_first_dataset()
        self.project.changed.connect(self._show_summary)
        self._show_summary()
        self.window.show_page(page)

    async def _close_project(self) -> None:
        if self.project is not None:
            closing, self.project = self.project, None
            await closing.close()

    def _show_summary(self) -> None:
        if self.project is not None:
            self.operations.run(self._load_summary(self.project), owner=self.window)

    async def _load_summary(self, shown: ProjectDesk) -> None:
        from tunedesk.ui.pages.welcome.page import summary_words

        words = summary_words(await shown.project.summary(), with_votes=False)
        self.window.rail.set_project(shown.project.name, words)
        self.window.setWindowTitle(f"{shown.project.name} – Tunedesk")

    def open_files(self, paths: list[Path]) -> None:
        """Open files as datasets of the open project, or of a new one named after the first."""

        async def work() -> None:
            if self.project is None or self.window.current_page == "welcome":
                await self._show_project(await self.workspace.create(paths[0].stem))
            for path in paths:
                await self._add_file(path)

        self.operations.run(work(), owner=self.window)

    async def _add_file(self, path: Path) -> None:
        if self.project is not None:
            await self.project.current.add(path)
            self.window.show_page("data")
            self._show_summary()

    def _open_sample(self, sample_id: str) -> None:
        async def work() -> None:
            await self._show_project(await self.workspace.create_sample(sample_id))

        self.operations.run(work(), owner=self.window)

    def _start_empty(self) -> None:
        async def work() -> None:
            project = await self.workspace.create(self.window.tr("New project"))
            await project.new_dataset("examples")
            await self._show_project(project)

        self.operations.run(work(), owner=self.window)

    def _open_folder(self, folder: Path) -> None:
        async def work() -> None:
            await self._show_project(await self.workspace.open(folder))

        self.operations.run(work(), owner=self.window)

    # -- remembered things -----------------------------------------------------------------------

    def _remembered_page(self) -> str:
        page = self._settings.get("page", "data")
        return page if page in ("data", "train", "compare", "results") else "data"

    def _kept_geometry(self) -> bytes | None:
        kept = self._settings.get("window_geometry", "")
        try:
            return base64.b64decode(kept) if isinstance(kept, str) else None
        except binascii.Error:
            return None

    def _keep_geometry(self) -> None:
        geometry = base64.b64encode(self.window.saveGeometry().data()).decode()
        self._settings.set("window_geometry", geometry)
        self._settings.set("page", self.window.current_page)

    def _show_engine(self, status: EngineStatus) -> None:
        tr = self.window.tr
        words = {
            "starting": tr("On this computer · starting…"),
            "ready": tr("On this computer · SmolLM2-135M ready"),
            "missing": tr("The local engine is not installed · see Settings"),
            "failed": tr("The local engine stopped · see Settings"),
            "stopped": tr("The local engine is not running · see Settings"),
        }
        self.window.status.set_engine(_DOT.get(status.state, "failed"), words[status.state])
