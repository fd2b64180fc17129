"""`make shots`: a picture of every page of the real app, light and dark, in build/shots/.

In English, then in Thai (`…-th.png`); `make shots LANGUAGES=th` takes one of them alone.

Opens the sample project on a home of its own, trains the sample with the real engine, votes on a
few held-out prompts, saves a fine-tune from a second engine, and takes each page at 1440 × 900.
The home is kept, so that a second run only takes the pictures.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from shots_provider import office_engine

if TYPE_CHECKING:
    from tunedesk.app.desk import Desk
    from tunedesk.app.project_desk import ProjectDesk
    from tunedesk.ui.language import Choice
    from tunedesk.ui.pages.chat.page import ChatPage
    from tunedesk.ui.pages.compare.page import ComparePage
    from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage
    from tunedesk.ui.pages.rescue.page import RescuePage
    from tunedesk.ui.pages.settings.page import SettingsPage
    from tunedesk.ui.theme import Theme

_ROOT = Path(__file__).resolve().parents[1]
_SHOTS = _ROOT / "build" / "shots"
_HOME = _ROOT / "build" / "shots-home"
_SIZE = (1440, 900)
_PLAIN_PAGES = ("train", "results", "models", "guide")
_N_VOTES = 6
_PATIENCE_S = 600


def _prepare_environment() -> None:
    """Before Qt or anything of ours is imported: our own home, no screen needed."""
    from tunedesk.core.places import engine_folder

    models = engine_folder(dict(os.environ)) / "models"
    os.environ["TUNEDESK_HOME"] = str(_HOME)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    link = _HOME / "data" / "engine" / "models"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(models)


def main() -> int:
    """Take all pictures; 0 when every page was taken."""
    _prepare_environment()

    with office_engine(_HOME, _HOME / "data" / "engine" / "models"):
        return _take_pictures()


def _take_pictures() -> int:
    from tunedesk.app.desk import Desk
    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.app.start import make_application
    from tunedesk.store.folders import Folders
    from tunedesk.store.settings import SettingsStore
    from tunedesk.ui.language import Language
    from tunedesk.ui.theme import Theme

    qt = make_application(["shots"])
    folders = Folders.of_user(os.environ)
    language, theme = Language(qt, "en"), Theme(qt, "light")
    with DesktopLoop(qt) as loop:
        settings = SettingsStore(folders.config / "settings.json")
        desk = Desk(loop=loop, theme=theme, language=language, folders=folders, settings=settings)
        desk.show()
        photographer = Photographer(desk, theme)
        loop.run_until_complete(photographer.work())
    return 0


class Photographer:
    """Walks through the app as a person would, and takes a picture at each page."""

    def __init__(self, desk: Desk, theme: Theme) -> None:
        self._desk, self._theme = desk, theme
        self._pages = desk.window
        self._suffix = ""

    async def work(self) -> None:
        """The whole walk; the desk is closed at the end, whatever happened."""
        living = asyncio.ensure_future(self._desk.run([]))
        try:
            await self._until(lambda: self._desk.project is not None, "the sample project")
            await self._until(lambda: self._desk.engine.status.state == "ready", "the engine")
            for page_id in (*_PLAIN_PAGES, "rescue", "compare", "new_fine_tune", "settings"):
                await self._until(partial(self._has_page, page_id), f"the page {page_id}")
            self._desk.window.resize(*_SIZE)
            await self._train()
            await self._vote()
            await self._rescue()
            for language in os.environ.get("LANGUAGES", "en th").split():
                await self._speak("th" if language == "th" else "en")
                for appearance in ("light", "dark"):
                    self._theme.set_appearance("dark" if appearance == "dark" else "light")
                    await self._take_all(appearance)
        finally:
            self._desk.close()
            await living

    async def _speak(self, language: Choice) -> None:
        """The project is opened anew where the language is another."""
        before = self._desk.project
        if language != self._desk.language.code:
            self._desk.choose_language(language)
            await self._until(lambda: self._desk.project not in (None, before), "the other words")
            for page_id in (*_PLAIN_PAGES, "rescue", "compare", "chat", "new_fine_tune"):
                await self._until(partial(self._has_page, page_id), f"the page {page_id}")
        self._suffix = "" if language == "en" else f"-{language}"

    def _has_page(self, page_id: str) -> bool:
        return self._pages.page(page_id) is not None

    @property
    def _project(self) -> ProjectDesk:
        assert self._desk.project is not None
        return self._desk.project

    async def _train(self) -> None:
        if await self._has_trained():
            return
        self._say("training the sample (about a minute)")
        page = await self._new_fine_tune()
        page.ready.start.click()
        while not await self._has_trained():
            await asyncio.sleep(0.5)

    async def _has_trained(self) -> bool:
        return any(job.status == "succeeded" for job in await self._project.training.jobs())

    async def _vote(self) -> None:
        """The pictures need votes: for the chattier answer, which is most often Marv's."""
        while (n_votes := (await self._project.project.summary()).n_votes) < _N_VOTES:
            votes = (await self._compare()).judging.votes
            votes.toggle_reason(2 if n_votes % 2 else 1)
            votes.voted.emit("tie" if n_votes == 2 else self._chattier_seat())
            await self._until(self._can_go_on, "the reveal")
            votes.next_wanted.emit()

    def _can_go_on(self) -> bool:
        return self._compare_page().judging.votes.can_go_on

    def _chattier_seat(self) -> str:
        page = self._compare_page()
        sentences = {seat: p.answer.text().count(".") for seat, p in page.judging.panes.items()}
        return "A" if sentences["A"] >= sentences["B"] else "B"

    async def _take_all(self, appearance: str) -> None:
        for page_id in ("welcome", "data", *_PLAIN_PAGES):
            await self._show(page_id)
            await asyncio.sleep(1.0)
            self._take(f"{page_id}-{appearance}")
        for part in ("questions", "data"):
            self._desk.window.show_page("guide", part)
            await asyncio.sleep(0.5)
            self._take(f"guide-{part}-{appearance}")
        await self._rescue()
        self._take(f"rescue-{appearance}")
        await self._new_fine_tune()
        self._take(f"new-fine-tune-{appearance}")
        await self._compare()
        self._take(f"compare-{appearance}")
        await self._chat()
        self._take(f"chat-{appearance}")
        await self._show("rate")
        await asyncio.sleep(3.0)
        self._take(f"rate-{appearance}")
        await self._show("settings")
        settings: SettingsPage = self._pages.page("settings")  # type: ignore[assignment]
        for number, choice in enumerate(settings.sections(), start=1):
            choice.click()
            await asyncio.sleep(0.2)
            self._take(f"settings-{number}-{appearance}")

    async def _new_fine_tune(self) -> NewFineTunePage:
        await self._show("new_fine_tune")
        page: NewFineTunePage = self._pages.page("new_fine_tune")  # type: ignore[assignment]
        await self._until(page.ready.start.isEnabled, "a Start button that can be pressed")
        return page

    async def _rescue(self) -> None:
        """Everything saved, and the answers still to be asked for."""
        await self._show("rescue")
        page: RescuePage = self._pages.page("rescue")  # type: ignore[assignment]
        rescue = self._project.rescue
        if not rescue.state.is_complete:
            page.start.click()
        await self._until(lambda: rescue.state.is_complete and page.keep.offers, "all is saved")
        await asyncio.sleep(1.0)

    async def _compare(self) -> ComparePage:
        """The Compare page with two answers to vote on."""
        await self._show("compare")
        page = self._compare_page()
        await self._until(lambda: page.judging.votes.can_vote("tie"), "two answers to vote on")
        return page

    async def _chat(self) -> None:
        """One prompt answered by both, kept from the first picture on."""
        await self._show("chat")
        page: ChatPage = self._pages.page("chat")  # type: ignore[assignment]
        await self._until(lambda: len(page.panes) > 1, "two panes")
        if not page.differ.isEnabled():
            page.box.text.setPlainText("Why is the sky blue?")
            page.box.ask()
        await self._until(lambda: page.differ.isEnabled() and page.box.stop.isHidden(), "answers")
        await asyncio.sleep(0.5)

    def _compare_page(self) -> ComparePage:
        return self._pages.page("compare")  # type: ignore[return-value]

    async def _show(self, page_id: str) -> None:
        self._desk.window.show_page(page_id)
        await asyncio.sleep(0.2)

    def _take(self, name: str) -> None:
        _SHOTS.mkdir(parents=True, exist_ok=True)
        path = _SHOTS / f"{name}{self._suffix}.png"
        self._desk.window.grab().save(str(path))
        self._say(str(path.relative_to(_ROOT)))

    async def _until(self, holds: Callable[[], object], what: str) -> None:
        end_s = asyncio.get_running_loop().time() + _PATIENCE_S
        while not holds():
            if asyncio.get_running_loop().time() > end_s:
                raise TimeoutError(f"never saw {what}")
            await asyncio.sleep(0.05)

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
