"""Which dataset of the project is open, shared by the pages that work on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.workspace import DatasetInfo, Project
from tunedesk.services.work.background import Background


class CurrentDataset(QObject):
    """`changed()` when another dataset became current; `session` is None before the first."""

    changed = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self.session: DatasetSession | None = None
        self._beside: dict[int, DatasetSession] = {}
        self._changing = asyncio.Lock()
        self._is_closed = False

    @property
    def background(self) -> Background:
        """The threads of the app, for work on the dataset's rows."""
        return self._project.background

    async def datasets(self) -> list[DatasetInfo]:
        """All datasets of the project, in the order they were added."""
        return await self._project.datasets()

    async def open(self, info: DatasetInfo) -> DatasetSession:
        """Make `info` the current dataset; the one before is closed, its edits journalled.

        A dataset that is current already stays open as it is. Raises TunedeskError, naming file
        and cause, and then leaves the one before open.
        """
        # Shielded: a file that is half open when the caller is cancelled would stay open.
        return await asyncio.shield(asyncio.ensure_future(self._open(info)))

    async def _open(self, info: DatasetInfo) -> DatasetSession:
        async with self._changing:
            if self._is_closed:
                raise asyncio.CancelledError
            if self.session is not None and self.session.info.id == info.id:
                return self.session
            session = self._beside.pop(info.id, None) or await open_session(self._project, info)
            previous, self.session = self.session, session
            self._tell()
            if previous is not None:
                await previous.close()
            return session

    async def beside(self, info: DatasetInfo) -> DatasetSession:
        """A dataset that stays beside the current one, which may be that itself; open until
        `release`, or it becomes the current one. Raises TunedeskError, naming file and cause."""
        return await asyncio.shield(asyncio.ensure_future(self._open_beside(info)))

    async def _open_beside(self, info: DatasetInfo) -> DatasetSession:
        async with self._changing:
            if self._is_closed:
                raise asyncio.CancelledError
            if self.session is not None and self.session.info.id == info.id:
                return self.session
            if info.id not in self._beside:
                self._beside[info.id] = await open_session(self._project, info)
            return self._beside[info.id]

    async def release(self) -> None:
        """Close what was opened beside the current dataset."""
        await asyncio.shield(asyncio.ensure_future(self._release()))

    async def _release(self) -> None:
        async with self._changing:
            await self._close_beside()

    async def _close_beside(self) -> None:
        while self._beside:
            await self._beside.popitem()[1].close()

    async def add(self, path: Path) -> DatasetSession:
        """Bring the file at `path` into the project (it stays where it is) and open it."""
        return await self.open(await self._project.add_dataset(path))

    async def new(self, name: str) -> DatasetSession:
        """Make an empty dataset and open it."""
        return await self.open(await self._project.new_dataset(name))

    async def reload(self) -> None:
        """Open the current dataset anew, as its file is now; edits that do not fit go stale.

        Raises TunedeskError if the file cannot be opened; then nothing is open.
        """
        await asyncio.shield(asyncio.ensure_future(self._reload()))

    async def _reload(self) -> None:
        async with self._changing:
            session = self.session
            if self._is_closed or session is None:
                return
            # First closed: two openers of one file would be a writer and a reader.
            self.session = None
            self._tell()
            await session.close()
            self.session = await open_session(self._project, session.info)
            self._tell()

    async def let_go(self) -> None:
        """Close the current dataset and have none, for instance when it leaves the project."""
        async with self._changing:
            session, self.session = self.session, None
            if session is not None:
                self._tell()
                await session.close()

    def _tell(self) -> None:
        if isValid(self):  # the project may have been closed while a file was being opened
            self.changed.emit()

    async def close(self) -> None:
        """Close the current dataset, its edits journalled. Nothing can be opened after that."""
        async with self._changing:
            self._is_closed = True
            await self._close_beside()
            session, self.session = self.session, None
            if session is not None:
                await session.close()
