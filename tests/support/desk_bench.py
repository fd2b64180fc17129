"""The whole app in a test: desks on a throw-away home, started and closed as a person would.

Fixture `desks` is for a folder's conftest to import, with those of `gui_loop`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.find_button import control, visible
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.app.desk import Desk
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme

__all__ = ["Desks", "RunningDesk", "control", "desks", "visible"]


class RunningDesk:
    """One launch of the app."""

    def __init__(self, desk: Desk, ask: ScriptedAsk, loop: GuiLoop, files: list[Path]) -> None:
        self.desk, self.ask, self.loop = desk, ask, loop
        self.window = desk.window
        desk.show()
        self._life = loop.loop.create_task(desk.run(files))

    @property
    def page(self) -> str:
        """The id of the page that is shown."""
        return self.window.current_page

    @property
    def project(self) -> str:
        """The open project's name, "" when none is open."""
        return self.desk.project.project.name if self.desk.project is not None else ""

    @property
    def session(self) -> DatasetSession:
        assert self.desk.project is not None
        session = self.desk.project.current.session
        assert session is not None
        return session

    @property
    def data(self) -> DataPage:
        page = self.window.page("data")
        assert isinstance(page, DataPage)
        return page

    def until_open(self, project: str = "", dataset: str = "") -> None:
        """Wait for the project and its dataset, checked, with the engine's state settled."""
        self.loop.settle(lambda: self.desk.engine.status.state not in ("starting", "stopped"))
        self.loop.settle(lambda: self.project if not project else self.project == project)
        self.until_session()
        if dataset:
            self.loop.settle(lambda: self.session.info.name == dataset)
        self.loop.settle(lambda: self.session.is_checked)
        self.until_idle()

    def until_session(self) -> None:
        """Wait for an open dataset, checked or not."""

        def is_open() -> bool:
            project = self.desk.project
            return project is not None and project.current.session is not None

        self.loop.settle(is_open)

    def until_idle(self) -> None:
        """Wait until nothing that anyone started is still under way."""
        self.loop.settle(lambda: not self.desk.operations.is_busy)

    def until_told(self) -> BaseException:
        """Wait for the one error the person is told; it counts as expected then."""
        self.loop.settle(lambda: self.ask.told)
        self.until_idle()
        assert len(self.ask.told) == 1, self.ask.told
        return self.ask.told.pop()

    def activate(self) -> None:
        """Give the window the keyboard."""

        def is_active() -> bool:
            self.window.activateWindow()
            return self.window.isActiveWindow()

        self.loop.settle(is_active)

    def close(self) -> None:
        """Close the window; returns when the app has ended."""
        self.window.close()
        self.loop.run(asyncio.wait_for(self._life, 60))

    @property
    def is_closed(self) -> bool:
        return self._life.done()


class Desks:
    """Launches of the app on one home, one after another."""

    def __init__(self, home: Path, loop: GuiLoop, theme: Theme) -> None:
        self.folders = Folders.of_user({"TUNEDESK_HOME": str(home)})
        self._loop, self._theme = loop, theme
        self._launched: list[RunningDesk] = []

    def start(self, *files: Path) -> RunningDesk:
        """Launch the app with these files on its command line."""
        settings = SettingsStore(self.folders.config / "settings.json")
        ask = ScriptedAsk()
        desk = Desk(
            loop=self._loop.loop,
            theme=self._theme,
            folders=self.folders,
            settings=settings,
            ask=ask,
        )
        self._launched.append(RunningDesk(desk, ask, self._loop, list(files)))
        return self._launched[-1]

    def settings_text(self) -> str:
        """What is in the settings' file now."""
        return (self.folders.config / "settings.json").read_text("utf-8")

    def end(self) -> None:
        """Close what still runs; AssertionError if somebody was told an error unexpectedly."""
        for launched in self._launched:
            if not launched.is_closed:
                launched.close()
        told = [error for launched in self._launched for error in launched.ask.told]
        assert not told, f"told, and not expected: {told!r}"


@pytest.fixture
def desks(tmp_path: Path, gui_loop: GuiLoop, theme: Theme) -> Iterator[Desks]:
    made = Desks(tmp_path / "home", gui_loop, theme)
    hook = sys.excepthook
    yield made
    made.end()
    assert sys.excepthook is hook, "the app left its excepthook behind"
