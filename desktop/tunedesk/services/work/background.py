"""Work that must not stop the window: threads, and lanes where the order counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_N_WORKERS = 4


class Lane:
    """One thread that does what it is given, one after another, in order."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"tunedesk-{name}")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Wait for the result; what has begun goes on to its end, also when nobody waits."""
        return await asyncio.wrap_future(self.post(work, *args, **kwargs))

    def post(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Put work at the end of the queue without waiting. RuntimeError after `close`."""
        return self._thread.submit(work, *args, **kwargs)

    async def close(self) -> None:
        """Wait until everything in the queue is done, then end the thread."""
        await _shut_down(self._thread, drop_waiting=False)


class Background:
    """The app's threads. One instance for each process, closed last."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(_N_WORKERS, thread_name_prefix="tunedesk-work")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `work` in any thread and wait for what it returns or raises."""
        return await asyncio.wrap_future(self._workers.submit(work, *args, **kwargs))

    def lane(self, name: str) -> Lane:
        """A new lane; whoever asked for it closes it."""
        return Lane(name)

    async def close(self) -> None:
        """End the threads; waits for work that runs, drops work that has not begun."""
        await _shut_down(self._workers, drop_waiting=True)


async def _shut_down(executor: ThreadPoolExecutor, *, drop_waiting: bool) -> None:
    """Wait for the threads' end without stopping the loop."""
    ended: Future[None] = Future()

    def wait() -> None:
        executor.shutdown(wait=True, cancel_futures=drop_waiting)
        ended.set_result(None)

    waiter = threading.Thread(target=wait, name="tunedesk-shutdown")
    waiter.start()
    await asyncio.wrap_future(ended)
    waiter.join()
