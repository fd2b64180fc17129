"""The real app in a process of its own, made to use two keys for all that it does.

`python -m tests.support.keyed_app`, with OPENAI_API_KEY and OPENAI_BASE_URL as a person's shell may
have them, and a second secret as the first line of stdin. Logs everything at DEBUG to `debug.log`
in TUNEDESK_HOME, says "ready" when all is done and still open, and ends at the next line of stdin.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject

from tests.support.scripted_ask import ScriptedAsk
from tunedesk.app.desk import Desk
from tunedesk.app.event_loop import DesktopLoop
from tunedesk.app.start import make_application
from tunedesk.core.chat import ChatSettings
from tunedesk.providers.environment import forget_openai_variables, found_key
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.train.training import SETTLED, FineTunePlan
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import words_of


class Titles(QObject):
    """Says every window title there ever is."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowTitleChange:
            say(f"title: {watched.property('windowTitle')}")
        return False


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    home = Path(os.environ["TUNEDESK_HOME"])
    logging.basicConfig(level=logging.DEBUG, filename=home / "debug.log")
    second = sys.stdin.readline().strip()
    found = found_key()
    forget_openai_variables()
    qt = make_application(["keyed"])
    titles = Titles()
    qt.installEventFilter(titles)
    folders = Folders.of_user(os.environ)
    ask = ScriptedAsk()
    with DesktopLoop(qt) as loop:
        settings = SettingsStore(folders.config / "settings.json")
        theme = Theme(qt, "light")
        desk = Desk(
            loop=loop, theme=theme, folders=folders, settings=settings, ask=ask, found_key=found
        )
        desk.show()
        loop.run_until_complete(_live(desk, second))
    for error in ask.told:
        say(f"told: {words_of(error)}")


async def _live(desk: Desk, second: str) -> None:
    living = asyncio.ensure_future(desk.run([]))
    try:
        while desk.project is None or desk.project.current.session is None:
            await asyncio.sleep(0.02)
        await _use_keys(desk, second)
        desk._report(RuntimeError(f"unexpected, about {second}"))
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
    finally:
        desk.close()
        await living


async def _use_keys(desk: Desk, second: str) -> None:
    setup = desk._setup
    await setup.take_found()
    profile = setup.views()[0].profile
    changed = msgspec.structs.replace(profile, poll_s=0.05, secret_headers=["X-Second-Key"])
    await setup.put(changed, secrets={"X-Second-Key": second})
    answers = await setup.test(profile.id)
    say(f"test: {[answer.verdict for answer in answers]} {[answer.raw for answer in answers]}")
    desk.window.show_page("settings")
    assert desk.project is not None
    session, training = desk.project.current.session, desk.project.training
    assert session is not None
    base = (await training.base_models(profile.id))[0]
    plan = FineTunePlan(name="keyed", provider_id=profile.id, base_model=base.id)
    local_id = await training.start(plan, session)
    while (await training.view(local_id)).record.status not in SETTLED:
        await asyncio.sleep(0.02)
    say(f"job: {(await training.view(local_id)).record}")
    await _compare(desk, profile.id)


async def _compare(desk: Desk, provider_id: str) -> None:
    assert desk.project is not None
    comparison: Comparison = desk.project.comparison
    known = [one for one in await comparison.contenders() if one.provider_id == provider_id]
    base, tuned = [one for one in known if one.kind != "checkpoint"][:2]
    messages = [{"role": "user", "content": "Hi"}]
    begun = await comparison.begin(base, tuned, messages, ChatSettings(max_tokens=5))
    await begun.run(lambda: None)
    say(f"round: {begun.problem} {begun.votable}")
    if begun.votable:
        await begun.vote("tie")


if __name__ == "__main__":
    main()
