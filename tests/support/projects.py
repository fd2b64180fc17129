"""Projects for tests of the services: a throw-away home, and all that stands on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.support.dataset_rows import assistant, chat, user
from tests.support.fake_provider import FakeProvider
from tunedesk.providers.profiles import Profile
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.workspace import Project, Workspace
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.work.background import Background
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore

T = TypeVar("T")

TEST_S = 240.0


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run an async test; it fails rather than hang."""

    async def bounded() -> T:
        return await asyncio.wait_for(work, TEST_S)

    return asyncio.run(bounded())


class Home:
    """A person's folders with what every service needs. `now_ms` is what the clock says."""

    def __init__(self, folder: Path, background: Background) -> None:
        self.folders = Folders.of_user({"TUNEDESK_HOME": str(folder)})
        self.background = background
        self.now_ms = 1_750_000_000_000
        self.settings = SettingsStore(self.folders.config / "settings.json")
        self.workspace = Workspace(self.folders, self.settings, background, clock=self.clock)

    def clock(self) -> int:
        return self.now_ms

    def reopened(self) -> Workspace:
        """A workspace as the next start of the app sees it."""
        settings = SettingsStore(self.folders.config / "settings.json")
        return Workspace(self.folders, settings, self.background, clock=self.clock)


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    """A home below `folder`; its threads end with the block."""
    background = Background()
    try:
        yield Home(folder, background)
    finally:
        await background.close()


def rows_of(n_rows: int, first: int = 0) -> list[bytes]:
    """Valid rows that differ in prompt and reply."""
    return [
        chat(user(f"Question {i}?"), assistant(f"Answer {i}."))
        for i in range(first, first + n_rows)
    ]


def write_rows(path: Path, rows: Sequence[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


@asynccontextmanager
async def project(place: Home, name: str = "Test") -> AsyncIterator[Project]:
    """A new project, closed at the end."""
    made = await place.workspace.create(name)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def session(of: Project, rows: Sequence[bytes]) -> AsyncIterator[DatasetSession]:
    """A dataset of these rows in the project, open."""
    path = write_rows(of.folder / "datasets" / "rows.jsonl", rows)
    opened = await open_session(of, await of.add_dataset(path))
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def sample_session(place: Home) -> AsyncIterator[tuple[Project, DatasetSession]]:
    """The sample's project with its dataset open."""
    sample = await place.workspace.create_sample()
    try:
        opened = await open_session(sample, (await sample.datasets())[0])
        try:
            yield sample, opened
        finally:
            await opened.close()
    finally:
        await sample.close()


def providers_of(
    engine: LocalEngine, *profiles: Profile, keys: Mapping[str, str] | None = None
) -> Providers:
    """Providers of these profiles, and of the one here among them; `keys` by profile id."""
    here = [profile for profile in profiles if profile.is_local]
    book, known = ProviderBook(presets=here), ProviderKeys()
    for profile in profiles:
        if not profile.is_local:
            book.put(profile)
            known.enter(profile, (keys or {}).get(profile.id, ""))
    return Providers(engine, book, known)


@asynccontextmanager
async def fake_providers(
    place: Home, server: FakeProvider, **changes: Any
) -> AsyncIterator[Providers]:
    """Providers of one profile, "fake", that needs no key and is looked at every 20 ms; `changes`
    are to the profile."""
    usual: dict[str, Any] = {
        "id": "fake",
        "name": "Fake",
        "base_url": server.base_url,
        "needs_key": False,
        "poll_s": 0.02,
        "max_row_tokens": 1000,
        "model_names": {"base-1": "Base One"},
    }
    profile = Profile(**usual | changes)
    made = providers_of(LocalEngine(place.folders, place.background), profile)
    try:
        yield made
    finally:
        await made.close()


async def until(predicate: Callable[[], object], what: str = "it", timeout_s: float = 60.0) -> None:
    """Let the loop run until `predicate()` is truthy."""
    end_s = asyncio.get_running_loop().time() + timeout_s
    while not predicate():
        assert asyncio.get_running_loop().time() < end_s, f"{what} did not happen"
        await asyncio.sleep(0.005)


async def eventually(
    probe: Callable[[], Awaitable[T]], is_so: Callable[[T], object], timeout_s: float = 200.0
) -> T:
    """Ask again and again until the answer is as wished; returns it."""
    end_s = asyncio.get_running_loop().time() + timeout_s
    while True:
        found = await probe()
        if is_so(found):
            return found
        assert asyncio.get_running_loop().time() < end_s, f"still {found}"
        await asyncio.sleep(0.01)
