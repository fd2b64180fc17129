"""A project's datasets as a whole: renamed, removed and brought back, copied, rows moved over."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tunedesk.core.edits import DeleteRows, InsertRows
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.records import RemovedDataset


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that were put at the end of another dataset; `take_back` undoes it."""

    to: DatasetInfo
    rows: tuple[bytes, ...]


class Shelf:
    """For datasets that are not open; the open one is given where it takes part."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @property
    def folder(self) -> Path:
        """Where the project keeps datasets that were made in it."""
        return self._project.folder / "datasets"

    async def rename(self, info: DatasetInfo, name: str) -> None:
        """Call it otherwise in this project; its file keeps its name."""
        await self._project.in_ledger(lambda ledger: ledger.rename_dataset(info.id, name))

    async def remove(self, info: DatasetInfo) -> RemovedDataset:
        """Take it out of the project. Its file, journal and backups stay where they are."""
        return await self._project.in_ledger(lambda ledger: ledger.remove_dataset(info.id))

    async def bring_back(self, removed: RemovedDataset) -> DatasetInfo:
        """Undo `remove`, with split choices and tags."""
        record = await self._project.in_ledger(lambda ledger: ledger.bring_back_dataset(removed))
        return DatasetInfo(id=record.id, name=record.name, path=record.path, n_rows=record.n_rows)

    async def duplicate(self, info: DatasetInfo, opened: DatasetSession | None) -> DatasetInfo:
        """Its rows as they are now in a file of the project. Raises TunedeskError."""
        target = await self._free_file(Path(info.name).stem)
        if opened is not None and opened.info.id == info.id:
            await opened.save_copy(target)
        else:
            await self._project.background.run(_copy, info.path, target)
        return await self._project.add_dataset(target)

    async def write_new(self, name: str, rows: Sequence[bytes]) -> DatasetInfo:
        """A new dataset of these rows. Raises TunedeskError."""
        made = await self._project.new_dataset(name)
        await self.send(made, rows)
        return made

    async def send(self, to: DatasetInfo, rows: Sequence[bytes]) -> Sent:
        """Put rows at the end of a dataset that is not open, and save it.

        Where it has edits of its own that were never saved, the rows join them unsaved. Raises
        TunedeskError; nothing is changed then.
        """
        session = await open_session(self._project, to)
        try:
            _require_writable(session)
            is_clean = not session.is_dirty
            n_rows = len(session)
            session.apply(InsertRows(tuple((n_rows + i, raw, None) for i, raw in enumerate(rows))))
            if is_clean:
                await session.save()
        finally:
            await session.close()
        return Sent(to=to, rows=tuple(rows))

    async def take_back(self, sent: Sent) -> bool:
        """Remove what `send` put there; False if its end was edited since."""
        session = await open_session(self._project, sent.to)
        try:
            first = len(session) - len(sent.rows)
            tail = [session.row(i) for i in range(max(first, 0), len(session))]
            if first < 0 or tuple(tail) != sent.rows:
                return False
            is_clean = not session.is_dirty
            session.apply(DeleteRows(array("i", range(first, len(session)))))
            if is_clean:
                await session.save()
        finally:
            await session.close()
        return True

    async def _free_file(self, stem: str) -> Path:
        def find() -> Path:
            self.folder.mkdir(parents=True, exist_ok=True)
            return free_path(self.folder, safe_name(stem, fallback="dataset"), ".jsonl")

        return await self._project.background.run(find)


def _copy(source: Path, target: Path) -> None:
    file = DatasetFile.open(source)
    try:
        file.save_copy(target)
    finally:
        file.close()


def _require_writable(session: DatasetSession) -> None:
    if session.read_only_reason:
        raise TunedeskError(
            "dataset.read_only",
            "The rows were not moved.",
            session.read_only_reason,
            "Close it there, then move the rows again.",
        )
