"""Searching many rows by processes that read the file themselves; what is found comes as it is."""

from __future__ import annotations

import asyncio
import threading
from array import array
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple

from tunedesk.core import many
from tunedesk.services.check.protocol import Wanted
from tunedesk.services.dataset.find_run import FinderProcess, Progress, Stopped, changed_outside
from tunedesk.services.dataset.finding import Found, Query, compiled
from tunedesk.services.work.apart import to_the_end
from tunedesk.services.work.background import Background

_N_PROCESSES = 2
_EXPRESSION_ROWS, _TEXT_ROWS = 500, 4_000  # at a time: no row keeps others waiting for long
_TELL_EVERY_S = 0.2
MOST_WITH_WORDS = 100_000
_MOST_TRIES = 3  # a save puts another file in the place of the one that is read

WantedOf = Callable[[Sequence[int]], Wanted]
Words = dict[int, tuple[str, ...]]
Part = Callable[["array[int]", Words], object]


class _Piece(NamedTuple):
    """Candidates at [first, first + len(rows)) of all."""

    first: int
    rows: Sequence[int]


async def find_in_file(
    background: Background,
    wanted: WantedOf,
    candidates: Sequence[int],
    query: Query,
    progress: Progress | None = None,
    part: Part | None = None,
) -> tuple[array[int], Words]:
    """Rows among the candidates that match, in the candidates' order, with words that matched.

    `wanted(rows)` says where rows lie, in any thread. `part` is called on the loop's thread with
    what is found among the first candidates, now and then: each time what it was told before, and
    more; the words are one mapping that grows, of the first 100,000 rows found.

    Raises QueryError, and TunedeskError for an expression that takes too long. A cancelled task
    ends the search first.
    """
    compiled(query)  # a bad expression is said here
    search = _Search(wanted, candidates, query)
    workers = [background.run(search.work) for _ in range(_N_PROCESSES)]
    telling = asyncio.create_task(_tell(search, progress, part))
    try:
        await to_the_end(_all_of(workers, search), search.stop.set)
    finally:
        telling.cancel()
    return search.rows, search.words


async def _all_of(workers: Sequence[Awaitable[None]], search: _Search) -> None:
    """One that fails ends the other; its error is the search's."""
    found = await asyncio.gather(*map(search.guarded, workers), return_exceptions=True)
    errors = [error for error in found if error is not None and not isinstance(error, Stopped)]
    if errors:
        raise errors[0]


async def _tell(search: _Search, progress: Progress | None, part: Part | None) -> None:
    n_told = -1
    while True:
        await asyncio.sleep(_TELL_EVERY_S)
        if progress is not None:
            progress(search.n_done, search.n_all)
        if part is not None and len(search.rows) != n_told:
            n_told = len(search.rows)
            part(search.rows[:], search.words)


class _Search:
    """Shared by the threads that each drive a process."""

    def __init__(self, wanted: WantedOf, candidates: Sequence[int], query: Query) -> None:
        self._wanted, self._query = wanted, query
        self._pieces = _pieces(candidates, _EXPRESSION_ROWS if query.is_regex else _TEXT_ROWS)
        self._lock = threading.Lock()
        self._done: dict[int, tuple[_Piece, list[Found]]] = {}
        self._next = 0
        self.stop = threading.Event()
        self.n_done, self.n_all = 0, len(candidates)
        self.rows, self.words = array("i"), Words()

    async def guarded(self, worker: Awaitable[None]) -> None:
        """Wait for a worker; where it fails, stop the other one."""
        try:
            await worker
        except BaseException:
            self.stop.set()
            raise

    def work(self) -> None:
        """In a thread: search until nothing is left."""
        process = FinderProcess(self._query, self.stop)
        try:
            while (piece := self._take()) is not None:
                if self.stop.is_set():
                    raise Stopped
                self._put(piece, self._found(process, piece))
        finally:
            process.close()

    def _take(self) -> _Piece | None:
        with self._lock:
            return next(self._pieces, None)

    def _found(self, process: FinderProcess, piece: _Piece) -> list[Found]:
        for _ in range(_MOST_TRIES):
            try:
                wanted = self._wanted(_as_range(piece.rows))
            except IndexError:
                return []  # rows went meanwhile: who asked looks again after an edit
            found = process.find_wanted(wanted)
            if found is not None:
                return found
        raise changed_outside()

    def _put(self, piece: _Piece, found: list[Found]) -> None:
        """What is found comes in the candidates' order: a quick process waits for the other."""
        with self._lock:
            self.n_done += len(piece.rows)
            self._done[piece.first] = piece, found
            while self._next in self._done:
                ready, matches = self._done.pop(self._next)
                self._next += len(ready.rows)
                self.rows.extend(ready.rows[one.offset] for one in matches)
                if len(self.rows) <= MOST_WITH_WORDS:
                    self.words.update((ready.rows[one.offset], one.words) for one in matches)


def _as_range(rows: Sequence[int]) -> Sequence[int]:
    """Rows that follow each other are read at once."""
    is_block = rows[-1] - rows[0] == len(rows) - 1 and many.are_rising(rows)
    return range(rows[0], rows[-1] + 1) if is_block else rows


def _pieces(candidates: Sequence[int], n_rows: int) -> Iterator[_Piece]:
    for first in range(0, len(candidates), n_rows):
        yield _Piece(first, candidates[first : first + n_rows])
