"""Who does the checking: a thread for few rows, two processes for many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tunedesk.core.tokens import load_table_counter
from tunedesk.services.check.process import CheckProcess, ended
from tunedesk.services.check.protocol import Answer, Failed, Request
from tunedesk.services.check.worker import CheckWorker
from tunedesk.services.work.background import Background, Lane

IN_THREAD_BELOW_ROWS = 500
_IN_THREAD_BELOW_BYTES = 4 << 20
_ALONE_BELOW_ROWS = 20_000


class Helper:
    """One worker with the thread that talks to it. Its process starts at the first question."""

    def __init__(self, lane: Lane, cache_folder: Path, *, in_thread: bool) -> None:
        self._lane = lane
        self._cache_folder = cache_folder
        self._worker: CheckWorker | None = None
        if in_thread:
            self._worker = CheckWorker(partial(load_table_counter, cache_folder))
        self._process: CheckProcess | None = None
        self._is_closed = False
        self.took_s = 0.0
        """How long the last answer took, without the time in line."""

    async def ask(self, request: Request) -> Answer:
        """Raises TunedeskError("check_failed")."""
        return await self._lane.run(self._ask, request)

    async def close(self) -> None:
        """End at once what runs, and wait for its end."""
        self._is_closed = True
        if self._process is not None:
            self._process.stop()
        self._lane.post(self._end)
        await self._lane.close()

    def _ask(self, request: Request) -> Answer:
        start_s = time.perf_counter()
        try:
            return self._answer(request)
        finally:
            self.took_s = time.perf_counter() - start_s

    def _answer(self, request: Request) -> Answer:
        if self._is_closed:
            raise ended("The dataset was closed.")
        if self._worker is not None:
            answer = self._worker.answer(request)
            if isinstance(answer, Failed):
                raise ended(answer.what)
            return answer
        if self._process is None:
            self._process = CheckProcess(self._cache_folder)
        return self._process.ask(request)

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()


class Crew:
    """The helpers of one check."""

    def __init__(
        self, background: Background, cache_folder: Path, n_rows: int, n_bytes: int
    ) -> None:
        in_thread = n_rows < IN_THREAD_BELOW_ROWS and n_bytes < _IN_THREAD_BELOW_BYTES
        n_helpers = 1 if n_rows < _ALONE_BELOW_ROWS else 2
        self.helpers: Sequence[Helper] = [
            Helper(background.lane("check"), cache_folder, in_thread=in_thread)
            for _ in range(n_helpers)
        ]

    async def close(self) -> None:
        """End everything at once."""
        await asyncio.gather(*(helper.close() for helper in self.helpers))
