"""A thread for work that may never come back, such as a keyring that waits for a password."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_GOODBYE_S = 1.0


class PatientLane:
    """Does what it is given in order, in one thread that does not keep the app from ending."""

    def __init__(self, name: str) -> None:
        self._name = f"tunedesk-{name}"
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Wait for what `work` returns or raises; giving up waiting does not stop it."""
        result: Future[T] = Future()

        def step() -> None:
            if not result.set_running_or_notify_cancel():
                return
            try:
                result.set_result(work(*args, **kwargs))
            except BaseException as error:  # it belongs to whoever waits
                result.set_exception(error)

        self._waiting.put(step)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        return await asyncio.wrap_future(result)

    async def close(self) -> None:
        """End the thread; one that hangs is left to the end of the process."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(thread.join, _GOODBYE_S)

    def _work(self) -> None:
        while (step := self._waiting.get()) is not None:
            step()
