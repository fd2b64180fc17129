"""The API process's side of the generator: starts it when first needed, shares it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from tunedesk.engine.generation.child import Child
from tunedesk.engine.generation.protocol import Refused, Reply, Start, Warm

IDLE_S = 600.0  # then the memory is given back; the next question starts the child anew
MOST_REQUESTS = 68  # four that are answered at once, and 64 that wait


class Generator:
    """Owns the child process. A child that dies fails its requests and is started anew."""

    def __init__(
        self, lock_folder: Path, log_path: Path, *, idle_s: float = IDLE_S, is_exact: bool = False
    ) -> None:
        """`is_exact`: answers bit for bit as transformers computes them, a third slower."""
        self._lock_folder = lock_folder
        self._log_path = log_path
        self._idle_s = idle_s
        self._is_exact = is_exact
        self._child: Child | None = None
        self._changing = asyncio.Lock()
        self._n_asking = 0
        self._timer: asyncio.TimerHandle | None = None
        self._nap: asyncio.Task[None] | None = None

    async def replies(self, order: Start) -> AsyncGenerator[Reply]:
        """Everything the generator says to `order`, `Done` or `Refused` last.

        Closing the iterator early tells the generator to stop.
        """
        if self._n_asking >= MOST_REQUESTS:
            yield _too_busy(order.id)
            return
        self._n_asking += 1
        try:
            child = await self._awake()
            async with aclosing(child.replies(order)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            self._n_asking -= 1
            self._rest_later()

    async def warm(self, base_folder: Path) -> None:
        """Loads a base ahead of the first question, which then need not wait some seconds."""
        child = await self._awake()
        await child.send(Warm(base_folder=str(base_folder)))
        self._rest_later()

    async def stop(self) -> None:
        """Ends the child, at once."""
        if self._timer is not None:
            self._timer.cancel()
        async with self._changing:
            await self._end_child()

    async def _awake(self) -> Child:
        async with self._changing:
            if self._child is None or self._child.is_dead:
                self._child = await Child.start(
                    self._lock_folder, self._log_path, is_exact=self._is_exact
                )
            return self._child

    def _rest_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._n_asking == 0:
            self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._lie_down)

    def _lie_down(self) -> None:
        self._nap = asyncio.create_task(self._sleep(), name="generator-sleeps")

    async def _sleep(self) -> None:
        """Whoever asks meanwhile waits for the lock, and then starts the child anew."""
        async with self._changing:
            if self._n_asking == 0:
                await self._end_child()

    async def _end_child(self) -> None:
        if self._child is not None:
            await self._child.kill()
        self._child = None


def _too_busy(request_id: str) -> Refused:
    text = f"The engine already has {MOST_REQUESTS} requests to answer. Please try again later."
    return Refused(id=request_id, status=429, message=text, code="rate_limit_exceeded")
