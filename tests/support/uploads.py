"""A project with snapshots to send, and a provider that takes them in parts."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.fake_client import client
from tests.support.fake_provider import FakeProvider, fake_provider
from tests.support.projects import Home, home, project
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.services.project.project import Project
from tunedesk.services.train.starting import StartStage
from tunedesk.services.train.uploading import Uploading
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import SnapshotRecord

PART_BYTES = 1000
N_PARTS = 5
SMALL, LARGE = 900, 4500
"""Sizes in bytes: below the profile's threshold, and one of five parts."""


class UploadBench:
    """What was told while sending is in `told`: (stage, done, total)."""

    def __init__(
        self, place: Home, made: Project, server: FakeProvider, provider: OpenAICompatible
    ) -> None:
        self.place, self.project, self.server, self.provider = place, made, server, provider
        self.told: list[tuple[StartStage, int, int]] = []
        self.slept: list[float] = []
        self.on_sleep: Callable[[], object] = lambda: None

    def uploading(self) -> Uploading:
        return Uploading(
            self.project, self.provider, lambda *told: self.told.append(told), self._sleep
        )

    async def send(self, snapshot: SnapshotRecord) -> str:
        return await self.uploading().file_of(snapshot)

    async def _sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self.on_sleep()

    async def snapshot(self, n_bytes: int) -> SnapshotRecord:
        """A file of so many bytes, put aside as the app does it."""
        folder = self.project.folder / "snapshots"
        return await self.project.in_ledger(lambda ledger: _snapshot(ledger, folder, n_bytes))


def _snapshot(ledger: Ledger, folder: Path, n_bytes: int) -> SnapshotRecord:
    folder.mkdir(exist_ok=True)
    content = (b'{"messages": []}\n' * (n_bytes // 17 + 1))[:n_bytes]
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{digest}.jsonl"
    path.write_bytes(content)
    return ledger.add_snapshot(digest, path, 1)


@asynccontextmanager
async def upload_bench(folder: Path, **profile: Any) -> AsyncIterator[UploadBench]:
    """Files above 1,000 bytes go in parts; `profile` changes the provider's profile."""
    switches = {"uploads": True, "uploads_from_bytes": PART_BYTES, **profile}
    async with (
        home(folder) as place,
        fake_provider() as server,
        client(server, **switches) as provider,
        project(place) as made,
    ):
        yield UploadBench(place, made, server, provider)
