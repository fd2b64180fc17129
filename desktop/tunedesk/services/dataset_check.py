"""One pass over all rows, in a thread for few and in a process of its own for many."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from tunedesk.core.errors import TunedeskError
from tunedesk.services.background import Lane
from tunedesk.services.check_process import Checker, CheckProcess
from tunedesk.services.dataset_keeper import DatasetKeeper
from tunedesk.services.project import Project
from tunedesk.services.row_checking import BatchChecker, BatchFacts, CheckResult

Progress = Callable[[int, int], None]

IN_THREAD_BELOW_ROWS = 500
_BATCH_ROWS = 2_000
_BATCH_BYTES = 4 << 20
_HANDED_ROWS = 500
_SLICE_S = 0.008


class DatasetCheck:
    """Runs at most one pass at a time; `found` and `ended` are called on the loop's thread."""

    def __init__(
        self,
        keeper: DatasetKeeper,
        project: Project,
        found: Callable[[int, BatchFacts], None],
        ended: Callable[[CheckResult], None],
    ) -> None:
        self._keeper = keeper
        self._project = project
        self._found = found
        self._ended = ended
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Progress] = []
        self._n_edits = 0
        self._n_edits_checked = -1

    def outdate(self) -> None:
        """Rows have changed: a running pass begins again, a finished one no longer holds."""
        self._n_edits += 1

    async def run(self, progress: Progress | None) -> None:
        """Return when every row is checked as it is now."""
        if progress is not None:
            self._listeners.append(progress)
        try:
            while self._n_edits_checked != self._n_edits:
                if self._task is None or self._task.done():
                    self._task = asyncio.create_task(self._passes())
                await asyncio.shield(self._task)
        finally:
            if progress is not None:
                self._listeners.remove(progress)

    async def close(self) -> None:
        """Stop a running pass."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _passes(self) -> None:
        lane = self._project.background.lane("check")
        try:
            while self._n_edits_checked != self._n_edits:
                n_edits = self._n_edits
                result = await self._one_pass(lane)
                if result is not None and n_edits == self._n_edits:
                    self._n_edits_checked = n_edits
                    self._ended(result)
        finally:
            await asyncio.shield(lane.close())

    async def _one_pass(self, lane: Lane) -> CheckResult | None:
        """None if an edit came in between."""
        n_edits, n_rows = self._n_edits, len(self._keeper)
        checker = await self._checker(lane, n_rows)
        try:
            first = 0
            while first < n_rows:
                rows = await self._read(first)
                if n_edits != self._n_edits:
                    return None
                batch = await lane.run(checker.add, rows)
                if n_edits != self._n_edits or not await self._hand_over(first, batch):
                    return None
                first += len(rows)
                self._say(first, n_rows)
            return await lane.run(checker.finish)
        finally:
            if isinstance(checker, CheckProcess):
                await asyncio.shield(lane.run(checker.close))

    async def _checker(self, lane: Lane, n_rows: int) -> Checker:
        tokens = self._project.tokens
        await _try(tokens.counter())
        if n_rows < IN_THREAD_BELOW_ROWS:
            return BatchChecker(tokens.ready)
        spawning = lane.post(CheckProcess, tokens.cache_folder)
        try:
            return await asyncio.shield(asyncio.wrap_future(spawning))
        except asyncio.CancelledError:
            # The process comes up all the same, and nobody else knows of it.
            spawning.add_done_callback(_close_made)
            raise

    async def _read(self, first: int) -> list[bytes]:
        """The next batch; other work of the loop comes in between, edits are noticed later."""
        rows: list[bytes] = []
        n_bytes, until = 0, time.perf_counter() + _SLICE_S
        last = min(first + _BATCH_ROWS, len(self._keeper))
        while first < last and n_bytes < _BATCH_BYTES:
            rows.append(self._keeper.row(first))
            n_bytes += len(rows[-1])
            first += 1
            if time.perf_counter() > until:
                await asyncio.sleep(0.001)
                until = time.perf_counter() + _SLICE_S
                last = min(last, len(self._keeper))
        return rows

    async def _hand_over(self, first: int, batch: BatchFacts) -> bool:
        """False if an edit came in between: positions may mean other rows now."""
        n_edits = self._n_edits
        for offset in range(0, len(batch), _HANDED_ROWS):
            if offset:
                await asyncio.sleep(0.001)
            if n_edits != self._n_edits:
                return False
            self._found(first + offset, batch.part(offset, offset + _HANDED_ROWS))
        return True

    def _say(self, n_done: int, n_rows: int) -> None:
        for listener in list(self._listeners):
            listener(n_done, n_rows)


def _close_made(spawned: Future[CheckProcess]) -> None:
    if not spawned.cancelled() and spawned.exception() is None:
        spawned.result().close()


async def _try(loading: Awaitable[object]) -> None:
    """Rows are checked without tokens where no vocabulary can be had."""
    with contextlib.suppress(TunedeskError):
        await loading
