"""Long work in a process of its own, with progress and a clean end when it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from tunedesk.core.errors import TunedeskError
from tunedesk.services.work.background import Background
from tunedesk.services.work.own_processes import step_back
from tunedesk.store.staging import Staging

Order = TypeVar("Order")
Result = TypeVar("Result")
Tell = Callable[[int, int], None]
"""Told by the work how much of how much is done; raises Stopped when it is to end."""
Work = Callable[[Order, Tell], Result]
Progress = Callable[[int, int], object]

_SAID_EVERY_S = 0.05
_LOOK_EVERY_S = 0.05
_END_S = 2.0


class Stopped(Exception):  # noqa: N818 - not an error: the work was asked to end
    """The person has cancelled."""


async def run_apart(
    background: Background,
    work: Work[Order, Result],
    order: Order,
    progress: Progress | None = None,
    *,
    in_process: bool = True,
) -> Result:
    """What `work(order, tell)` returns; `progress` is called on the loop's thread.

    `work` is a function of a module, since another process has to find it. Small work may be done
    in a thread. Cancelling the task ends the work, by force after 2 s, before the task ends.
    Raises TunedeskError as the work does, and "work.ended" if the process died.
    """
    loop = asyncio.get_running_loop()
    stop = threading.Event()

    def heard(n_done: int, n_all: int) -> None:
        if progress is not None:
            loop.call_soon_threadsafe(_tell, stop, progress, n_done, n_all)

    drive = _drive if in_process else _do_here
    return await to_the_end(background.run(drive, work, order, stop, heard), stop.set)


async def to_the_end(
    work: Awaitable[Result], when_cancelled: Callable[[], object] = lambda: None
) -> Result:
    """Wait until work that cannot be broken off is over; only then a cancellation goes on."""
    running = asyncio.ensure_future(work)
    is_cancelled = False
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            is_cancelled = True
            when_cancelled()
    if is_cancelled:
        running.cancelled() or running.exception()  # looked at, so that nobody complains
        raise asyncio.CancelledError
    return running.result()


@asynccontextmanager
async def staging_beside(background: Background, folder: Path) -> AsyncIterator[Path]:
    """A hidden folder in `folder` for unfinished files; it is gone at the end of the block."""
    making = asyncio.ensure_future(background.run(Staging, folder))
    try:
        yield (await to_the_end(making)).folder
    finally:
        # Cancelled while it was made, it is there all the same.
        if making.done() and not making.cancelled() and making.exception() is None:
            await to_the_end(background.run(making.result().remove))


def _tell(stop: threading.Event, progress: Progress, n_done: int, n_all: int) -> None:
    if not stop.is_set():
        progress(n_done, n_all)


def _do_here(work: Work[Any, Any], order: Any, stop: threading.Event, heard: Tell) -> Any:
    def tell(n_done: int, n_all: int) -> None:
        if stop.is_set():
            raise Stopped
        heard(n_done, n_all)

    with contextlib.suppress(Stopped):
        return work(order, tell)
    return None


def _drive(work: Work[Any, Any], order: Any, stop: threading.Event, heard: Tell) -> Any:
    """Blocking: start the process, pass on what it says, end it."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=serve, args=(theirs, work, order), daemon=True)
    process.start()
    theirs.close()
    try:
        return _listen(ours, stop, heard)
    except (EOFError, OSError):
        raise _died() from None
    finally:
        ours.close()
        process.join(_END_S)
        if process.is_alive():
            process.kill()
            process.join()


def _listen(ours: Connection, stop: threading.Event, heard: Tell) -> Any:
    while not stop.is_set():
        if not ours.poll(_LOOK_EVERY_S):
            continue
        match ours.recv():
            case ("at", n_done, n_all):
                heard(n_done, n_all)
            case ("failed", *texts):
                raise TunedeskError(*texts)
            case ("done", result):
                return result
    with contextlib.suppress(OSError):
        ours.send("stop")
    return None


def serve(connection: Connection, work: Work[Any, Any], order: Any) -> None:
    """The process's main function: does the work, says how far it is, and what came out."""
    said_at_s = 0.0

    def tell(n_done: int, n_all: int) -> None:
        nonlocal said_at_s
        now_s = time.monotonic()
        if now_s - said_at_s < _SAID_EVERY_S and n_done < n_all:
            return
        said_at_s = now_s
        if connection.poll():
            raise Stopped
        connection.send(("at", n_done, n_all))

    step_back()
    with contextlib.suppress(Stopped, EOFError, OSError, KeyboardInterrupt):
        try:
            connection.send(("done", work(order, tell)))
        except TunedeskError as error:
            connection.send(("failed", error.code, error.title, error.what, error.next_step))
        except MemoryError:
            connection.send(("failed", *_OUT_OF_MEMORY))


_OUT_OF_MEMORY = (
    "work.memory",
    "There is not enough memory for this file.",
    "The computer has no more memory to give.",
    "Close other programs, or cut the file into smaller ones.",
)


def _died() -> TunedeskError:
    return TunedeskError(
        "work.ended",
        "The file could not be worked through.",
        "The process that does it ended by itself.",
        "Nothing was written. Try again; if it happens again, cut the file into smaller ones.",
    )
