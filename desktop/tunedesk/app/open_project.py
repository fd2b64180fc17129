"""The one project that is open: opened, filled and closed one step after the other."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tunedesk.app.page_imports import import_other_pages, import_project_pages
from tunedesk.core.errors import TunedeskError
from tunedesk.services.project.workspace import Project, Workspace
from tunedesk.services.work.background import Background
from tunedesk.store.records import ProjectSummary
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.welcome.page import summary_words
from tunedesk.ui.shell.window import MainWindow

if TYPE_CHECKING:
    from tunedesk.app.project_desk import ProjectDesk

_PAINT_S = 0.03
_BREATH_S = 0.01  # for what a person does meanwhile
_FIRST_SAMPLE = "marv"


class OpenProject:
    """Changes wait for each other, and do not happen any more once the app `is_ending`.

    `make` builds a project's pages and services; `report` shows an error without waiting.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        workspace: Workspace,
        operations: Operations,
        background: Background,
        make: Callable[[Project], ProjectDesk],
        report: Callable[[BaseException], None],
        is_ending: Callable[[], bool],
    ) -> None:
        self._window, self._workspace, self._operations = window, workspace, operations
        self._background = background
        self._make, self._report, self._is_ending = make, report, is_ending
        self.shown: ProjectDesk | None = None
        self._promised: Mapping[str, object] = {}
        self._changing = asyncio.Lock()
        self._is_choosing = False

    @property
    def is_empty(self) -> bool:
        """Whether no project is open, nor on its way."""
        return self.shown is None and not self._changing.locked()

    async def settle(self) -> None:
        """At the app's end: wait for a change that is under way, so that it is closed in order."""
        await self._changing.acquire()

    async def open_first(self, files: list[Path], page: str) -> None:
        """At the app's start: what was open last or the sample, on `page`; then `files`."""
        try:
            await self._change(partial(self._last_project, files), page)
        except TunedeskError as error:
            self._report(error)
        if files:
            await self._open_files(files)

    async def _last_project(self, files: list[Path]) -> Project | None:
        """The one open last; None if there was none and `files` will make one."""
        last = self._workspace.last_folder()
        if last is None:
            gone = await self._workspace.recent()
            last = gone[0].folder if gone else None
        if last is not None:
            return await self._workspace.open(last)
        return None if files else await self._workspace.create_sample(_FIRST_SAMPLE)

    async def _change(
        self, opening: Callable[[], Awaitable[Project | None]], page: str = "data"
    ) -> None:
        """Show the project that `opening` gives; the one before stays if it raises or gives none.

        Changes wait for each other, and do not happen any more once the app is closing.
        """
        async with self._changing:
            if not self._is_ending():
                project = await opening()
                if project is not None:
                    await import_project_pages(self._background)
                    await self._show_project(project, page)

    async def _show_project(self, project: Project, page: str) -> None:
        if self._is_open(project.folder):  # a second time, by way of the sample
            await project.close()
            self._window.show_page(page)
            return
        await self.close()
        shown = self._make(project)
        self._window.set_page("data", shown.pages["data"])
        for _ in shown.begin():
            await asyncio.sleep(0)
        self.shown = shown
        if page != "data":
            await self._promise_other_pages(shown)
        self._window.show_page(page)  # without rows, which take their time
        await asyncio.sleep(0)
        shown.changed.connect(self._show_summary)
        self._show_summary()
        try:
            await shown.open_first_dataset()
        except TunedeskError as error:  # the rest of the project is of use without its file
            self._report(error)
        await asyncio.sleep(_PAINT_S)  # the rows first: nothing else is in their way
        for _ in shown.show_rest():
            await asyncio.sleep(_BREATH_S)
        if page == "data":
            await self._promise_other_pages(shown)

    async def _promise_other_pages(self, shown: ProjectDesk) -> None:
        """Each is made when it is gone to, which takes some 30 ms; Train also where a job is under
        way, of which it tells in the rail."""
        await import_other_pages()
        self._promised = shown.more_pages()
        for page_id, make in self._promised.items():
            self._window.promise_page(page_id, make)
        gc.freeze()  # the collector need not walk through all of it again, which took 200 ms
        if await shown.is_training():
            self._window.page("train")
        from tunedesk.ui.widgets.code_lexers import load_usual  # after the first paint

        await self._background.run(load_usual)

    def _is_open(self, folder: Path) -> bool:
        return self.shown is not None and self.shown.project.folder == folder

    async def close(self) -> None:
        """Close what is open. Its pages go first, and what they have begun: it must not ask a
        project that is closed, and an answer under way is written down as far as it came."""
        if self.shown is not None:
            closing, self.shown = self.shown, None
            gc.unfreeze()
            closing.keep_view()
            for page_id in (*closing.pages, *self._promised):
                self._window.remove_page(page_id)
            self._promised = {}
            try:
                await self._operations.end_of(list(closing.pages.values()))
                await closing.close()
            except Exception as error:
                self._report(error)

    def make_anew(self, page: str) -> None:
        """Close the project that is open and open it again, in another language; what was edited
        is in its journal. `page` stays shown."""
        if self.shown is not None:
            self._operations.run(self._make_anew(page), owner=self._window)

    async def _make_anew(self, page: str) -> None:
        async with self._changing:
            if self.shown is not None and not self._is_ending():
                folder = self.shown.project.folder
                await self.close()
                await self._show_project(await self._workspace.open(folder), page)

    def _show_summary(self) -> None:
        if self.shown is not None:
            self._operations.run(self._load_summary(self.shown), owner=self._window)

    async def _load_summary(self, shown: ProjectDesk) -> None:
        async with self._changing:  # not while it closes
            if shown is self.shown and not self._is_ending():
                summary = await shown.project.summary()
                words = summary_words(summary, with_votes=False)
                self._window.rail.set_project(shown.project.name, words)
                votes = summary_words(ProjectSummary(n_votes=summary.n_votes))
                self._window.rail.set_note("results", votes)
                self._window.setWindowTitle(f"{shown.project.name} – Tunedesk")

    def open_files(self, paths: list[Path]) -> None:
        """Open files as datasets of the open project, or of a new one named after the first."""
        self._operations.run(self._open_files(paths), owner=self._window)

    async def _open_files(self, paths: list[Path]) -> None:
        await self._change(partial(self._project_for, paths))
        if self.shown is not None and not self._is_ending():
            self.shown.files.take(paths)

    async def _project_for(self, paths: list[Path]) -> Project | None:
        """A new project, named after a file that is there; None if the open one takes them."""
        if self.shown is not None and self._window.current_page != "welcome":
            return None
        for path in paths:
            if await self._background.run(path.exists):
                await self._refuse_hopeless(paths)
                return await self._workspace.create(path.stem)
        raise TunedeskError(
            "files.missing",
            self._window.tr("The file is not there."),
            self._window.tr("There is no file {path}.").format(path=paths[0]),
            self._window.tr("Look for it, and open it again."),
        )

    async def _refuse_hopeless(self, paths: list[Path]) -> None:
        """No new project for what holds no examples: TunedeskError. What else is wrong is told by
        the import, in the project."""
        await import_project_pages(self._background)
        from tunedesk.services.transfer.importing import Importing
        from tunedesk.ui.files.importer import is_dataset, joined
        from tunedesk.ui.files.unusable import is_hopeless, no_examples

        importing, plans = Importing(self._background), []
        for path in paths:
            try:
                plan = await importing.look(path)
            except TunedeskError:
                return
            if is_dataset(plan) or not is_hopeless(plan):
                return
            plans.append(plan)
        raise no_examples(joined(plans))

    def open_sample(self, sample_id: str, page: str = "data") -> None:
        """Open the sample's project on `page`; it is made the first time."""
        self._choose(partial(self._workspace.create_sample, sample_id), page)

    def start_empty(self) -> None:
        """Open a new project with an empty dataset."""

        async def made() -> Project:
            project = await self._workspace.create(self._window.tr("New project"))
            try:
                await project.new_dataset("examples")
            except BaseException:
                await project.close()
                raise
            return project

        self._choose(made)

    def open_folder(self, folder: Path) -> None:
        """Open the project in a folder, or go to it if it is open."""
        if self._is_open(folder):
            self._window.show_page("data")
        else:
            self._choose(partial(self._workspace.open, folder))

    def _choose(self, opening: Callable[[], Awaitable[Project]], page: str = "data") -> None:
        """What a person chose on Welcome; a second click before it is open counts for nothing."""

        async def work() -> None:
            try:
                await self._change(opening, page)
            finally:
                self._is_choosing = False

        if not self._is_choosing:
            self._is_choosing = True
            self._operations.run(work(), owner=self._window)
