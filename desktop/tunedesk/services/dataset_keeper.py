"""The dataset's file and its journal, kept in step by one thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tunedesk.core.edits import RowChange, RowEdit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.background import Lane
from tunedesk.services.check_protocol import Wanted
from tunedesk.store.backups import Backup, Backups
from tunedesk.store.base_file import BaseDigest, identity_of
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal
from tunedesk.store.rows_snapshot import RowsSnapshot

_SYNC_AFTER_S = 1.0


class DatasetKeeper:
    """Rows are read and edited on the loop's thread; the disk is written to in the lane.

    While a save runs, `apply` waits for it: no edit falls between the old file and the new. Rows
    can be read meanwhile. Syncs of the journal have a thread of their own: an edit is in the
    journal at once, however long the disk takes over those before it.
    """

    def __init__(
        self, lane: Lane, file: DatasetFile, journal: Journal | None, backups: Backups
    ) -> None:
        self.file = file
        self.backups = backups
        self.problem: TunedeskError | None = None
        self.undo_recovery: list[RowEdit] = []
        self.recovered: list[RowChange] = []
        self.stale_edits: list[RowEdit] = []
        self.on_problem: Callable[[], object] = lambda: None
        self._lane = lane
        self._syncing = Lane("journal-sync")
        self._journal = journal
        self._unwritten: deque[RowEdit] = deque()  # done to the rows, not yet in the journal
        self._editing = threading.Lock()
        self._reading = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self._sync_timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self.file)

    def row(self, index: int) -> bytes:
        """As `DatasetFile.row`."""
        with self._reading:
            return self.file.row(index)

    def snapshot(self) -> RowsSnapshot:
        """As `DatasetFile.snapshot`."""
        with self._reading:
            return self.file.snapshot()

    def wanted(self, indices: range | Sequence[int], first: int) -> Wanted:
        """Rows for another process to read; `first` is the first one's index."""
        with self._reading:
            found, base = self.file.places(indices), self.file.base
        return Wanted(
            path=str(base.path),
            identity=identity_of(base.stat),
            first_row=first + 1,
            starts=found.starts.tobytes(),
            lengths=found.lengths.tobytes() if not found.stop else b"",
            stop=found.stop,
            own=found.own,
        )

    def apply(self, edit: RowEdit) -> RowEdit:
        """As `DatasetFile.apply`; the edit is put in line for the journal."""
        with self._editing, self._reading:
            journalled = self.file.journalled(edit)
            inverse = self.file.apply(edit)
            self._unwritten.append(journalled)
        if self._journal is not None:
            self._lane.post(self._write_journal, self._journal).add_done_callback(self._note)
            if self._sync_timer is None:
                self._sync_timer = self._loop.call_later(_SYNC_AFTER_S, self._sync)
        return inverse

    async def save(self) -> None:
        """Write the file and begin the journal anew; the version before becomes a backup.

        Raises TunedeskError. A backup that cannot be made is a `problem`, and no reason not to
        save.
        """
        self.problem = None
        await self._lane.run(self._save)

    async def save_copy(self, path: Path) -> None:
        """As `DatasetFile.save_copy`."""
        await self._lane.run(self._save_copy, path)

    async def is_changed_outside(self) -> bool:
        """Whether another program has changed, replaced or removed the file."""
        return await self._lane.run(self.file.is_changed_outside)

    async def all_backups(self) -> list[Backup]:
        """Newest first. Raises TunedeskError."""
        return await self._lane.run(self.backups.all)

    async def restore(self, backup: Backup) -> None:
        """Put the backup in the file's place; what is there now becomes a backup itself.

        Raises TunedeskError. The rows here are the old ones: open the dataset again.
        """
        await self._lane.run(self._restore, backup)

    def in_background(self, work: Coroutine[Any, Any, object]) -> None:
        """Have work done before the keeper closes; a TunedeskError becomes `problem`."""
        task = self._loop.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """After everything in line is on the disk."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._sync_timer is not None:
            self._sync_timer.cancel()
        await asyncio.gather(*self._tasks)
        if self._journal is not None:
            self._lane.post(self._write_journal, self._journal).add_done_callback(self._note)
            self._lane.post(self._journal.close).add_done_callback(self._note)
        self._lane.post(self.file.close)
        await self._lane.close()
        await self._syncing.close()

    def recover(self) -> None:
        """Bring back what the journal holds for this file. In the lane, before first use."""
        if self._journal is None:
            return
        digest = self.file.digest()
        found = self._journal.recover(digest)
        if found.status == "edits":
            inverses = [self.file.apply(edit) for edit in found.edits]
            self.undo_recovery = inverses[::-1]
            self.recovered = self.file.changes()
            return
        if found.status == "stale":
            self.stale_edits = list(found.edits)
            self._journal.set_aside()
        self._journal.reset(digest)

    # ---- inner ---------------------------------------------------------------------------------

    def _save(self) -> None:
        """In the lane. An edit may have come while it waited there: the new file will have it, so
        the journal must have it before, or the next start would do it twice."""
        is_swapping = False

        def before_replace(digest: BaseDigest) -> None:
            nonlocal is_swapping
            self._keep_backup()
            if self._journal is not None:
                self._journal.mark_saving(digest)
            self._reading.acquire()
            is_swapping = True

        with self._editing:
            before = self.file.base
            try:
                if self._journal is not None:
                    with contextlib.suppress(TunedeskError):  # told already; the file is wanted
                        self._write_journal(self._journal)
                self.file.save(before_replace)
            finally:
                if is_swapping:
                    self._reading.release()
                if self.file.base is not before:
                    self._unwritten.clear()
            if self._journal is not None:
                self._journal.reset(self.file.digest())

    def _write_journal(self, journal: Journal) -> None:
        """In the lane. An edit that the disk does not take stays first in line: none is left out
        between others."""
        while self._unwritten:
            journal.append(self._unwritten[0])
            self._unwritten.popleft()

    def _keep_backup(self) -> None:
        try:
            self.backups.keep(self.file.path, time.time_ns() // 1_000_000)
        except TunedeskError as error:
            self._loop.call_soon_threadsafe(self._have_problem, error)

    def _save_copy(self, path: Path) -> None:
        with self._editing:
            self.file.save_copy(path)

    def _restore(self, backup: Backup) -> None:
        with self._editing:
            self.backups.keep(self.file.path, time.time_ns() // 1_000_000)
            self.backups.restore(backup, self.file.path)

    def _sync(self) -> None:
        self._sync_timer = None
        if self._journal is not None and not self._is_closed:
            self._lane.post(self._begin_sync, self._journal).add_done_callback(self._note)

    def _begin_sync(self, journal: Journal) -> None:
        """In the lane."""
        work = journal.detached_sync()
        if work is not None:
            self._syncing.post(work).add_done_callback(self._note)

    def _note(self, done: Future[None]) -> None:
        """In the lane's thread."""
        error = done.exception()
        if isinstance(error, TunedeskError):
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
                self._loop.call_soon_threadsafe(self._have_problem, error)

    def _have_problem(self, error: TunedeskError) -> None:
        self.problem = error
        self.on_problem()

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except TunedeskError as error:
            self._have_problem(error)


async def open_keeper(
    lane: Lane, path: Path, journal_path: Path, backups: Backups
) -> DatasetKeeper:
    """Open file and journal; takes the lane over. Raises TunedeskError."""
    try:
        index = journal_path.with_suffix(".rows")
        file = await lane.run(DatasetFile.open, path, index)
    except BaseException:
        await lane.close()
        raise
    try:
        # Only the writer may touch the journal.
        journal = None if file.is_read_only else await lane.run(Journal.open, journal_path)
        keeper = DatasetKeeper(lane, file, journal, backups)
        await lane.run(keeper.recover)
    except BaseException:
        lane.post(file.close)
        await lane.close()
        raise
    return keeper
