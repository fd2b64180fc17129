"""The whole desk: window, engine, workspace, and the one project that is open."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from tunedesk.app.error_catcher import ErrorCatcher
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
        self._changing = asyncio.Lock()  # one project or dataset is opened after the other
        self._is_choosing = False
        self._geometry = b""
        self._catcher = ErrorCatcher(loop, self._report)
        self._add_rail()
        self._add_fixed_pages()
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

    def _report(self, error: BaseException) -> None:
        """One dialog, never a silent death; after the person closed the window, the log alone."""
        if isinstance(error, KeyboardInterrupt):
            self.close()
        elif not isinstance(error, asyncio.CancelledError):
            if self._closing.is_set() or not isinstance(error, TunedeskError):
                self._errors.note(error)
            if not self._closing.is_set():
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
        try:
            await self._change(partial(self._last_project, files), self._remembered_page())
        except TunedeskError as error:
            self._report(error)
        if files:
            await self._open_files(files)

    async def _last_project(self, files: list[Path]) -> Project | None:
        """The one open last; None if there was none and `files` will make one."""
        last = self.workspace.last_folder()
        if last is None:
            gone = await self.workspace.recent()
            last = gone[0].folder if gone else None
        if last is not None:
            return await self.workspace.open(last)
        return None if files else await self.workspace.create_sample(_FIRST_SAMPLE)

    async def _shut_down(self) -> None:
        """Every step is done, also when one before it failed."""
        self._closing.set()
        for step in (
            self._put_window_away,
            self._changing.acquire,  # a project that is just being opened is closed in order
            self._keep_place,  # after that: opening writes to the settings, too
            self.operations.close,
            self._close_project,
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

    async def _put_window_away(self) -> None:
        self._forget_engine()
        self._geometry = bytes(self.window.saveGeometry().data())
        self.window.hide()

    async def _keep_place(self) -> None:
        self._settings.set("window_geometry", base64.b64encode(self._geometry).decode())
        self._settings.set("page", self.window.current_page)

    def _ignore(self, _error: TunedeskError) -> None:
        """The engine's state is shown in the status bar and in Settings; no dialog on top."""

    # -- projects ------------------------------------------------------------------------------

    async def _change(
        self, opening: Callable[[], Awaitable[Project | None]], page: str = "data"
    ) -> None:
        """Show the project that `opening` gives; the one before stays if it raises or gives none.

        Changes wait for each other, and do not happen any more once the app is closing.
        """
        async with self._changing:
            if not self._closing.is_set():
                project = await opening()
                if project is not None:
                    await self._show_project(project, page)

    async def _show_project(self, project: Project, page: str) -> None:
        if self._is_open(project.folder):  # a second time, by way of the sample
            await project.close()
            self.window.show_page(page)
            return
        await self._close_project()
        shown = self.project = ProjectDesk(
            project=project,
            providers=self.providers,
            background=self.background,
            operations=self.operations,
            ask=self._ask,
            theme=self._theme,
            now_ms=now_ms,
        )
        for page_id, made in shown.pages.items():
            self.window.set_page(page_id, made)
        shown.changed.connect(self._show_summary)
        self._show_summary()
        try:
            await shown.open_first_dataset()
        except TunedeskError as error:  # the rest of the project is of use without its file
            self._report(error)
        self.window.show_page(page)

    def _is_open(self, folder: Path) -> bool:
        return self.project is not None and self.project.project.folder == folder

    async def _close_project(self) -> None:
        """Its pages first: they must not ask a project that is closed."""
        if self.project is not None:
            closing, self.project = self.project, None
            for page_id in closing.pages:
                self.window.remove_page(page_id)
            try:
                await closing.close()
            except Exception as error:
                self._report(error)

    def _show_summary(self) -> None:
        if self.project is not None:
            self.operations.run(self._load_summary(self.project), owner=self.window)

    async def _load_summary(self, shown: ProjectDesk) -> None:
        from tunedesk.ui.pages.welcome.page import summary_words

        async with self._changing:  # not while it closes
            if shown is self.project and not self._closing.is_set():
                words = summary_words(await shown.project.summary(), with_votes=False)
                self.window.rail.set_project(shown.project.name, words)
                self.window.setWindowTitle(f"{shown.project.name} – Tunedesk")

    def open_files(self, paths: list[Path]) -> None:
        """Open files as datasets of the open project, or of a new one named after the first."""
        self.operations.run(self._open_files(paths), owner=self.window)

    async def _open_files(self, paths: list[Path]) -> None:
        await self._change(partial(self._project_for, paths))
        for path in paths:
            try:
                await self._add_file(path)
            except TunedeskError as error:
                self._report(error)

    async def _project_for(self, paths: list[Path]) -> Project | None:
        """A new project, named after a file that is there; None if the open one takes them."""
        if self.project is not None and self.window.current_page != "welcome":
            return None
        for path in paths:
            if await self.background.run(path.is_file):
                return await self.workspace.create(path.stem)
        raise TunedeskError(
            "files.missing",
            self.window.tr("The file is not there."),
            self.window.tr("There is no file {path}.").format(path=paths[0]),
            self.window.tr("Look for it, and open it again."),
        )

    async def _add_file(self, path: Path) -> None:
        async with self._changing:
            if self.project is not None and not self._closing.is_set():
                await self.project.current.add(path)
                self.window.show_page("data")
                self._show_summary()

    def _open_sample(self, sample_id: str) -> None:
        self._choose(partial(self.workspace.create_sample, sample_id))

    def _start_empty(self) -> None:
        async def made() -> Project:
            project = await self.workspace.create(self.window.tr("New project"))
            try:
                await project.new_dataset("examples")
            except BaseException:
                await project.close()
                raise
            return project

        self._choose(made)

    def _open_folder(self, folder: Path) -> None:
        if self._is_open(folder):
            self.window.show_page("data")
        else:
            self._choose(partial(self.workspace.open, folder))

    def _choose(self, opening: Callable[[], Awaitable[Project]]) -> None:
        """What a person chose on Welcome; a second click before it is open counts for nothing."""

        async def work() -> None:
            try:
                await self._change(opening)
            finally:
                self._is_choosing = False

        if not self._is_choosing:
            self._is_choosing = True
            self.operations.run(work(), owner=self.window)

    # -- remembered things -----------------------------------------------------------------------

    def _remembered_page(self) -> str:
        page = self._settings.get("page", "data")
        return page if page in ("data", "train", "compare", "results") else "data"

    def _kept_geometry(self) -> bytes | None:
        kept = self._settings.get("window_geometry", "")
        try:
            return base64.b64decode(kept)
        except ValueError:
            return None

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
