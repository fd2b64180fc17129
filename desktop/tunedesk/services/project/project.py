"""An open project: a folder with a ledger, and what it refers to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.tokens import Tokens
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.work.background import Background, Lane
from tunedesk.services.work.clock import Clock
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import DatasetRecord, ProjectSummary

T = TypeVar("T")


class DatasetInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of a project; `n_rows` is what it held when it was last open."""

    id: int
    name: str
    path: Path
    n_rows: int


class Project:
    """What the services share about one open project. Made by `Workspace`."""

    def __init__(
        self,
        *,
        name: str,
        ledger: Ledger,
        lane: Lane,
        background: Background,
        tokens: Tokens,
        clock: Clock,
        scratch_folder: Path,
    ) -> None:
        self.name = name
        self.folder = ledger.path.parent
        self.background = background
        self.tokens = tokens
        self.clock = clock
        self.scratch_folder = scratch_folder
        self._ledger = ledger
        self._lane = lane
        self._is_closed = False

    async def in_ledger(self, work: Callable[[Ledger], T]) -> T:
        """For services: call `work` with the ledger, in the one thread that touches it."""
        return await self._lane.run(work, self._ledger)

    async def datasets(self) -> list[DatasetInfo]:
        """Every dataset, in the order they were added."""
        return [_info(record) for record in await self.in_ledger(Ledger.datasets)]

    async def add_dataset(self, path: Path) -> DatasetInfo:
        """Refer to a JSONL file where it is; nothing is copied, nothing changed.

        A file that is known already gives the dataset there is. Raises TunedeskError, naming file
        and cause, if it cannot be read.
        """
        n_rows = await self.background.run(_count_rows, path)
        record = await self.in_ledger(lambda ledger: ledger.add_dataset(path.name, path, n_rows))
        return _info(record)

    async def new_dataset(self, name: str) -> DatasetInfo:
        """Make an empty dataset inside the project; the file name is made from `name`.

        Raises TunedeskError if the file cannot be made.
        """
        path = await self.background.run(_make_dataset, self.folder / "datasets", name)
        record = await self.in_ledger(lambda ledger: ledger.add_dataset(path.name, path, 0))
        return _info(record)

    async def summary(self) -> ProjectSummary:
        """How many datasets, tuned models and votes there are."""
        return await self.in_ledger(Ledger.summary)

    async def close(self) -> None:
        """Let go of the ledger, after everything that was asked of it. Twice is harmless."""
        if self._is_closed:
            return
        self._is_closed = True
        self._lane.post(self._ledger.close)
        await self._lane.close()


def _info(record: DatasetRecord) -> DatasetInfo:
    return DatasetInfo(id=record.id, name=record.name, path=record.path, n_rows=record.n_rows)


def _count_rows(path: Path) -> int:
    file = DatasetFile.open(path)
    try:
        return len(file)
    finally:
        file.close()


def _make_dataset(folder: Path, name: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TunedeskError(
            "project.folder",
            "The dataset cannot be made.",
            f"{folder}: {error.strerror}.",
            "Make room or allow writing there, then try again.",
        ) from error
    stem = safe_name(name.removesuffix(".jsonl"), fallback="dataset")
    path = free_path(folder, stem, ".jsonl")
    DatasetFile.create(path).close()
    return path
