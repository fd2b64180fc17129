"""The dataset's file and its journal, kept in step by one thread."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tunedesk.core.edits import RowChange, RowEdit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.protocol import Wanted
from tunedesk.services.work.background import Lane
from tunedesk.store.backups import Backup, Backups
from tunedesk.store.base_file import BaseDigest, identity_of
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Begun, Entry, Journal
from tunedesk.store.live_rows import LiveRows, Tell
from tunedesk.store.rows_snapshot import RowsSnapshot

_SYNC_AFTER_S = 1.0


class DatasetKeeper:
    """Rows are read and edited on the loop's thread; the disk is written to in the lane.

    A save has a thread of its own: rows are read and edited meanwhile, and edits made after it
    began stay unsaved, and in the journal. So have syncs of the journal: an edit is in the journal
    at once, however long the disk takes over those before it.
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
        self._saving = Lane("dataset-save")
        self._n_saves = 0
        self._journal = journal
        self._unwritten: deque[Entry] = deque()  # done to the rows, not yet in the journal
        self._since: list[RowEdit] = []  # in the journal since the last save began there
        self._begun: Begun | None = None  # the last one in the journal
        self._still = threading.Lock()  # held for moments only
        self._loop = asyncio.get_running_loop()
        self._sync_timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self.file)

    def row(self, index: int) -> bytes:
        """As `DatasetFile.row`."""
        with self._still:
            return self.file.row(index)

    def snapshot(self) -> RowsSnapshot:
        """As `DatasetFile.snapshot`."""
        with self._still:
            return self.file.snapshot()

    def wanted(self, indices: range | Sequence[int], first: int) -> Wanted:
        """Rows for another process to read; `first` is the first one's index."""
        with self._still:
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
        with self._still:
            journalled = self.file.journalled(edit)
            inverse = self.file.apply(edit)
            self._unwritten.append(journalled)
        self._journal_soon()
        return inverse

    def double(self, tell: Tell) -> LiveRows:
        """As `DatasetFile.double`."""
        with self._still:
            return self.file.double(tell)

    def take_over(self, rows: LiveRows, journalled: RowEdit) -> None:
        """As `DatasetFile.take_over`; the edit that was done to the double is put in line."""
        with self._still:
            self.file.take_over(rows)
            self._unwritten.append(journalled)
        self._journal_soon()

    async def save(self) -> None:
        """Write the file and begin the journal anew; the version before becomes a backup.

        Raises TunedeskError. A backup that cannot be made is a `problem`, and no reason not to
        save.
        """
        self.problem = None
        self._n_saves += 1
        try:
            await self._saving.run(self._save)
        finally:
            self._n_saves -= 1

    @property
    def is_saving(self) -> bool:
        """Whether somebody waits for a save."""
        return self._n_saves > 0

    async def until_saved(self) -> None:
        """Return when no save is under way, whoever waits for it."""
        await self._saving.run(lambda: None)

    async def save_copy(self, path: Path) -> None:
        """As `DatasetFile.save_copy`."""
        await self._saving.run(self.file.save_copy, path, still=self._still)

    async def is_changed_outside(self) -> bool:
        """Whether another program has changed, replaced or removed the file."""
        return await self._saving.run(self.file.is_changed_outside)  # no save changes it meanwhile

    async def all_backups(self) -> list[Backup]:
        """Newest first. Raises TunedeskError."""
        return await self._lane.run(self.backups.all)

    async def restore(self, backup: Backup) -> None:
        """Put the backup in the file's place; what is there now becomes a backup itself.

        Raises TunedeskError. The rows here are the old ones: open the dataset again.
        """
        await self._saving.run(self._restore, backup)

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
        await self._saving.close()
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
            self.undo_recovery = self._done_again(found.edits)
            self.recovered = self.file.changes()
            return
        if found.status == "stale":
            self.stale_edits = list(found.edits)
            self._journal.set_aside()
        self._journal.reset(digest)

    # ---- inner ---------------------------------------------------------------------------------

    def _done_again(self, edits: Sequence[RowEdit]) -> list[RowEdit]:
        """Do them; returns what undoes them, last first, without those that were undone then."""
        inverses: list[RowEdit] = []
        for edit in edits:
            is_undone = bool(inverses) and self.file.journalled(inverses[-1]) == edit
            inverse = self.file.apply(edit)
            if is_undone:
                inverses.pop()
            else:
                inverses.append(inverse)
        return inverses[::-1]

    def _journal_soon(self) -> None:
        if self._journal is not None:
            self._lane.post(self._write_journal, self._journal).add_done_callback(self._note)
            if self._sync_timer is None:
                self._sync_timer = self._loop.call_later(_SYNC_AFTER_S, self._sync)

    def _save(self) -> None:
        """In the thread for saves. The journal is told at the very moment the rows are taken from
        which edit on the new file has none, or the next start would do one twice."""
        begun = Begun(secrets.randbits(62) + 1)

        def before_replace(digest: BaseDigest) -> None:
            self._keep_backup()
            if self._journal is not None:
                self._lane.post(self._mark_saving, self._journal, digest, begun).result()

        self.file.save(
            before_replace, still=self._still, begun=lambda: self._unwritten.append(begun)
        )
        if self._journal is not None:
            self._lane.post(self._begin_anew, self._journal, begun).result()

    def _mark_saving(self, journal: Journal, digest: BaseDigest, begun: Begun) -> None:
        """In the lane."""
        with contextlib.suppress(TunedeskError):  # told already; the file is wanted
            self._write_journal(journal)
        journal.mark_saving(digest, begun.name)

    def _begin_anew(self, journal: Journal, begun: Begun) -> None:
        """In the lane. What the disk did not take of before the save is in the file now."""
        is_there = self._begun == begun
        journal.reset(self.file.digest(), self._since if is_there else ())
        if not is_there:
            while self._unwritten.popleft() != begun:
                pass
        self._since = []

    def _write_journal(self, journal: Journal) -> None:
        """In the lane. An edit that the disk does not take stays first in line: none is left out
        between others."""
        while self._unwritten:
            entry = self._unwritten[0]
            journal.append(entry)
            self._unwritten.popleft()
            if isinstance(entry, Begun):
                self._begun, self._since = entry, []
            elif self._begun is not None:
                self._since.append(entry)

    def _keep_backup(self) -> None:
        try:
            self.backups.keep(self.file.path, time.time_ns() // 1_000_000)
        except TunedeskError as error:
            self._loop.call_soon_threadsafe(self._have_problem, error)

    def _restore(self, backup: Backup) -> None:
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
