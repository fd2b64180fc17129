"""Lives that save a provider's fine-tuning and keep answers, to be killed at any moment.

Run as `python -m tests.support.dying_rescues <home> <base url>` from the repository's root. For
each line it reads it forks a life on the same home, says its process id, and then how it ended.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import openai  # noqa: F401  loaded before the first life

from tests.support.dying_programs import say
from tests.support.projects import Home, home, providers_of
from tunedesk.providers.profiles import Profile
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.services.rescue.saving import Rescue

ASKED_ROWS = "train.jsonl"
"""The dataset whose rows are asked."""


async def at_once(_seconds: float) -> None:
    """No pause in a test."""
    await asyncio.sleep(0)


@asynccontextmanager
async def the_project(place: Home) -> AsyncIterator[Project]:
    """The same one in every life."""
    folder = place.workspace.projects_folder / "Test"
    made = await (
        place.workspace.open(folder) if folder.exists() else place.workspace.create("Test")
    )
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def the_providers(place: Home, base_url: str) -> AsyncIterator[Providers]:
    profile = Profile(id="fake", name="Fake", base_url=base_url, needs_key=False)
    made = providers_of(LocalEngine(place.folders, place.background), profile)
    try:
        yield made
    finally:
        await made.close()


async def live(folder: Path, base_url: str) -> None:
    """Everything, or what is left of it."""
    async with (
        home(folder) as place,
        the_project(place) as made,
        the_providers(place, base_url) as providers,
    ):
        rescue = Rescue(made, providers, pause=at_once)
        await rescue.begin("fake")
        keeping = Keeping(made, providers, pause=at_once)
        info = next(one for one in await made.datasets() if one.name == ASKED_ROWS)
        prompts = await keeping.prompts(info, "all", None)
        offers = (await keeping.offers("fake", prompts)).models
        await keeping.begin([one for one in offers if one.kind == "tuned"])


def main() -> None:
    folder, base_url = Path(sys.argv[1]), sys.argv[2]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(folder, base_url))
            os._exit(0)
        say(child)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
