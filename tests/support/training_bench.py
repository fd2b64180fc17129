"""A project with an open dataset and a fake server, ready to start fine-tunes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.fake_provider import Answer, FakeProvider, Request, fake_provider
from tests.support.projects import (
    Home,
    eventually,
    fake_providers,
    home,
    project,
    rows_of,
    session,
)
from tunedesk.core.edits import SetSplit
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.training import FineTunePlan, Training
from tunedesk.store.records import JobRecord

PLAN = FineTunePlan(name="Marv style!", provider_id="fake", base_model="base-1", seed=7)
CREATE = "POST /fine_tuning/jobs"
N_TEST = 3


class Bench:
    """A project with an open dataset of 20 rows, three of them held out, and a fake server."""

    def __init__(
        self,
        place: Home,
        server: FakeProvider,
        providers: Providers,
        made: Project,
        opened: DatasetSession,
    ) -> None:
        self.place, self.server, self.providers = place, server, providers
        self.project, self.session = made, opened
        self.training = self.new_training()
        self.told: list[str] = []
        self.training.subscribe(self.told.append)

    def new_training(self) -> Training:
        return Training(self.project, self.providers, self.place.background, self.place.clock)

    async def job(self) -> JobRecord:
        """The only job there is."""
        (record,) = await self.training.jobs()
        return record

    async def reach(self, *statuses: str) -> JobRecord:
        """Wait until the only job has one of the statuses."""
        return await eventually(self.job, lambda record: record.status in statuses)

    def set_status(self, status: str, **more: Any) -> None:
        self.server.jobs[0].update(status=status, **more)


@asynccontextmanager
async def bench(
    folder: Path, rows: Sequence[bytes] | None = None, **profile: Any
) -> AsyncIterator[Bench]:
    """`profile` changes the profile "fake"."""
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(place, server, **profile) as providers,
        project(place) as made,
        session(made, rows or rows_of(20)) as opened,
    ):
        for index in range(len(opened)):
            opened.apply(SetSplit(index=index, split="test" if index < N_TEST else "train"))
        found = Bench(place, server, providers, made, opened)
        try:
            yield found
        finally:
            await found.training.close()


def fail_creation(server: FakeProvider, *, is_done: bool, answer: Answer) -> None:
    """Answer creations so, after the job was made or in place of making it."""

    def reply(request: Request) -> Answer | None:
        return answer if request.line == CREATE else None

    if is_done:
        server.after = reply
    else:
        server.before = reply
