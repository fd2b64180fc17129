"""`make shots`: a picture of every page of the real app, light and dark, in build/shots/.

Opens the sample project on a home of its own, trains the sample with the real engine, votes on a
few held-out prompts, and takes each page at 1440 × 900. The home is kept, so that a second run
only takes the pictures.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SHOTS = _ROOT / "build" / "shots"
_HOME = _ROOT / "build" / "shots-home"
_SIZE = (1440, 900)
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
    import qasync
    from tunedesk.app.desk import Desk
    from tunedesk.app.start import make_application
    from tunedesk.store.folders import Folders
    from tunedesk.store.settings import SettingsStore
    from tunedesk.ui.theme import Theme

    qt = make_application(["shots"])
    folders = Folders.of_user(os.environ)
    theme = Theme(qt, "light")
    with qasync.QEventLoop(qt) as loop:
        settings = SettingsStore(folders.config / "settings.json")
        desk = Desk(loop=loop, theme=theme, folders=folders, settings=settings)
        desk.show()
        photographer = Photographer(desk, theme)
        loop.run_until_complete(photographer.work())
    return 0


class Photographer:
    """Walks through the app as a person would, and takes a picture at each page."""

    def __init__(self, desk: "Desk", theme: "Theme") -> None:
        self._desk, self._theme = desk, theme

    async def work(self) -> None:
        """The whole walk; the desk is closed at the end, whatever happened."""
        living = asyncio.ensure_future(self._desk.run([]))
        try:
            await self._until(lambda: self._desk.project is not None, "the sample project")
            await self._until(lambda: self._desk.engine.status.state == "ready", "the engine")
            self._desk.window.resize(*_SIZE)
            await self._train()
            await self._vote()
            for appearance in ("light", "dark"):
                self._theme.set_appearance(appearance)
                await self._take_all(appearance)
        finally:
            self._desk.close()
            await living

    async def _train(self) -> None:
        training = self._desk.project.training
        if not any(job.status == "succeeded" for job in await training.jobs()):
            self._say("training the sample (about a minute)")
            page = await self._show("new_fine_tune")
            await self._until(page.ready.start.isEnabled, "a Start button that can be pressed")
            page.ready.start.click()
            await self._until_async(self._has_trained, "a finished job")

    async def _has_trained(self) -> bool:
        jobs = await self._desk.project.training.jobs()
        return any(job.status == "succeeded" for job in jobs)

    async def _vote(self) -> None:
        """The pictures need votes; which way they go says nothing about the model."""
        while (n_votes := (await self._desk.project.project.summary()).n_votes) < _N_VOTES:
            page = await self._show("compare")
            await self._until(lambda: page.votes.can_vote("A"), "two answers to vote on")
            tuned = self._tuned_seat(page)
            page.votes.toggle_reason(2 if n_votes % 2 else 1)
            page.votes.voted.emit("tie" if n_votes == 2 else tuned)
            await self._until(lambda: page.votes.can_go_on, "the reveal")
            page.votes.next_wanted.emit()

    async def _take_all(self, appearance: str) -> None:
        for page_id in ("welcome", "data", "new_fine_tune", "train", "compare", "results"):
            await self._show(page_id)
            await self._settle(page_id)
            self._take(f"{page_id.replace('_', '-')}-{appearance}")
        settings = await self._show("settings")
        for number, choice in enumerate(settings.sections()):
            choice.click()
            await asyncio.sleep(0.2)
            self._take(f"settings-{number + 1}-{appearance}")

    async def _settle(self, page_id: str) -> None:
        """Wait for what the page still loads: the check, the answers, the chart."""
        if page_id == "compare":
            page = self._desk.window.page("compare")
            await self._until(
                lambda: page.votes.can_vote("A") or page.votes.can_go_on, "two answers"
            )
        if page_id == "new_fine_tune":
            page = self._desk.window.page("new_fine_tune")
            await self._until(page.ready.start.isEnabled, "the checks")
        await asyncio.sleep(1.0)

    async def _show(self, page_id: str):
        self._desk.window.show_page(page_id)
        await asyncio.sleep(0.1)
        return self._desk.window.page(page_id)

    def _take(self, name: str) -> None:
        _SHOTS.mkdir(parents=True, exist_ok=True)
        path = _SHOTS / f"{name}.png"
        self._desk.window.grab().save(str(path))
        self._say(str(path.relative_to(_ROOT)))

    async def _until(self, holds: Callable[[], object], what: str) -> None:
        end = asyncio.get_running_loop().time() + _PATIENCE_S
        while not holds():
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"never saw {what}")
            await asyncio.sleep(0.05)

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
