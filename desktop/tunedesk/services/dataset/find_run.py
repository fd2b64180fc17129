"""Searching a whole dataset without stopping the window, in batches that can be broken off."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeVar

from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.protocol import Wanted
from tunedesk.services.dataset.finding import Finder, Found, Query, QueryError, Replacement
from tunedesk.services.dataset.wanted_rows import OtherFileError, rows
from tunedesk.services.work.apart import to_the_end
from tunedesk.services.work.background import Background
from tunedesk.services.work.own_processes import step_back

T = TypeVar("T")
Progress = Callable[[int, int], object]
Row = Callable[[int], bytes]

BATCH_ROWS = 500
BATCH_BYTES = 1 << 20
LONGEST_BATCH_S = 5.0
_COME_UP_S = 30.0
_LOOK_EVERY_S = 0.05
_END_S = 1.0


class Stopped(Exception):  # noqa: N818 - not an error: the work was asked to end
    """The person has cancelled."""


class FinderLike(Protocol):
    """A Finder here or in another process."""

    def find(self, rows: Sequence[bytes]) -> list[Found]: ...

    def replace(self, rows: Sequence[tuple[int, bytes]], template: str) -> list[Replacement]: ...


class FinderProcess:
    """A Finder in a process of its own: an expression that never ends is ended with it."""

    def __init__(self, query: Query, stop: threading.Event) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._stop = stop
        self._ours, theirs = spawning.Pipe()
        self._process = spawning.Process(target=serve, args=(theirs, query), daemon=True)
        self._process.start()
        theirs.close()
        self._patience_s = _COME_UP_S

    def find(self, rows: Sequence[bytes]) -> list[Found]:
        """Raises TunedeskError("find.slow") if it takes too long, Stopped when cancelled."""
        found: list[Found] = self._ask("find", rows)
        return found

    def replace(self, rows: Sequence[tuple[int, bytes]], template: str) -> list[Replacement]:
        """As `find`."""
        made: list[Replacement] = self._ask("replace", rows, template)
        return made

    def find_wanted(self, wanted: Wanted) -> list[Found] | None:
        """As `find`, of rows that the process reads; None if the file is another by now."""
        found: list[Found] | None = self._ask("find_wanted", wanted)
        return found

    def close(self) -> None:
        """End the process, also in the middle of a match."""
        self._ours.close()
        self._process.join(0 if self._process.is_alive() else _END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _ask(self, *question: Any) -> Any:
        try:
            self._ours.send(question)
            waited_s = 0.0
            while not self._ours.poll(_LOOK_EVERY_S):
                waited_s += _LOOK_EVERY_S
                if self._stop.is_set():
                    raise Stopped
                if waited_s > self._patience_s:
                    raise _too_slow()
            answer = self._ours.recv()
        except (EOFError, OSError):
            raise _ended() from None
        self._patience_s = LONGEST_BATCH_S
        if isinstance(answer, str):
            raise QueryError(answer, None)
        return answer


class _Reading(Finder):
    """In a process of its own."""

    def find_wanted(self, wanted: Wanted) -> list[Found] | None:
        """None if the file is another by now, or cannot be read."""
        try:
            return self.find(list(rows(wanted)))
        except (OtherFileError, OSError):
            return None


def serve(connection: Connection, query: Query) -> None:
    """The process's main function: answers batches until the other end closes."""
    step_back()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        finder = _Reading(query)
        while True:
            name, *arguments = connection.recv()
            try:
                connection.send(getattr(finder, name)(*arguments))
            except (IndexError, ValueError, RecursionError) as error:
                connection.send(str(error) or type(error).__name__)


async def find_rows(
    background: Background,
    row: Row,
    candidates: Sequence[int],
    query: Query,
    progress: Progress | None = None,
) -> dict[int, tuple[str, ...]]:
    """Rows among the candidates that match, with words that matched, in the candidates' order.

    `row` may be called in another thread. Raises QueryError, and TunedeskError for an expression
    that takes too long. A cancelled task ends the search first.
    """

    def work(finder: FinderLike, tell: Progress) -> dict[int, tuple[str, ...]]:
        found: dict[int, tuple[str, ...]] = {}
        n_done = 0
        for batch in _batches(row, candidates):
            for one in finder.find([raw for _, raw in batch]):
                found[batch[one.offset][0]] = one.words
            n_done += len(batch)
            tell(n_done, len(candidates))
        return found

    return await _run(background, query, work, progress)


async def replacements(
    background: Background,
    row: Row,
    candidates: Sequence[int],
    query: Query,
    template: str,
    progress: Progress | None = None,
) -> list[Replacement]:
    """What replacing would do, row by row; as `find_rows`."""

    def work(finder: FinderLike, tell: Progress) -> list[Replacement]:
        made: list[Replacement] = []
        n_done = 0
        for batch in _batches(row, candidates):
            made += finder.replace(batch, template)
            n_done += len(batch)
            tell(n_done, len(candidates))
        return made

    return await _run(background, query, work, progress)


async def in_thread(
    background: Background,
    work: Callable[[Progress], T],
    progress: Progress | None = None,
) -> T:
    """Long work in a thread: `work` is given a teller that raises Stopped when cancelled."""
    stop = threading.Event()
    teller = _teller(asyncio.get_running_loop(), stop, progress)
    return await to_the_end(background.run(work, teller), stop.set)


async def _run(
    background: Background,
    query: Query,
    work: Callable[[FinderLike, Progress], T],
    progress: Progress | None,
) -> T:
    stop = threading.Event()
    tell = _teller(asyncio.get_running_loop(), stop, progress)
    finder = Finder(query)  # a bad expression is said here

    def drive() -> T:
        if not query.is_regex:
            return work(finder, tell)
        apart = FinderProcess(query, stop)
        try:
            return work(apart, tell)
        finally:
            apart.close()

    return await to_the_end(background.run(drive), stop.set)


def _teller(
    loop: asyncio.AbstractEventLoop, stop: threading.Event, progress: Progress | None
) -> Progress:
    def tell(n_done: int, n_all: int) -> None:
        if stop.is_set():
            raise Stopped
        if progress is not None:
            loop.call_soon_threadsafe(pass_on, n_done, n_all)

    def pass_on(n_done: int, n_all: int) -> None:
        if progress is not None and not stop.is_set():
            progress(n_done, n_all)

    return tell


def _batches(row: Row, candidates: Iterable[int]) -> Iterator[list[tuple[int, bytes]]]:
    """Rows that went meanwhile are passed over; who asked looks again after an edit."""
    batch: list[tuple[int, bytes]] = []
    n_bytes = 0
    for index in candidates:
        try:
            raw = row(index)
        except IndexError:
            continue
        batch.append((index, raw))
        n_bytes += len(raw)
        if len(batch) >= BATCH_ROWS or n_bytes >= BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


def _too_slow() -> TunedeskError:
    return TunedeskError(
        "find.slow",
        "The search was stopped.",
        f"The expression took more than {LONGEST_BATCH_S:g} seconds on a few rows. Repeats within "
        "repeats, as in (a+)+, can take years.",
        "Write it without a repeat inside a repeat, then search again.",
    )


def changed_outside() -> TunedeskError:
    """The error of a search whose file is not there any more."""
    return TunedeskError(
        "find.changed",
        "The search was stopped.",
        "Another program has changed or removed the file.",
        "Open the dataset again.",
    )


def _ended() -> TunedeskError:
    return TunedeskError(
        "find.ended",
        "The search was stopped.",
        "The process that searches ended by itself.",
        "Search again; if it happens again, look for rows of many megabytes.",
    )
