"""The API process's side of the generator: starts it when first needed, shares it out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from tunedesk.engine.generation.protocol import (
    Cancel,
    Done,
    Order,
    Refused,
    Reply,
    Start,
    Warm,
)

_LINE_LIMIT_BYTES = 2**20


class Generator:
    """Owns the child process. A child that dies fails its requests and is started anew."""

    def __init__(self, lock_folder: Path, log_path: Path) -> None:
        self._lock_folder = lock_folder
        self._log_path = log_path
        self._child: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[str, asyncio.Queue[Reply]] = {}

    async def replies(self, order: Start) -> AsyncGenerator[Reply]:
        """Everything the generator says to `order`, `Done` or `Refused` last.

        Closing the iterator early tells the generator to stop.
        """
        inbox: asyncio.Queue[Reply] = asyncio.Queue()
        async with self._starting:
            child = await self._running()
        self._waiting[order.id] = inbox
        over = False
        try:
            await _send(child, order)
            while not over:
                reply = await inbox.get()
                over = isinstance(reply, Done | Refused)
                yield reply
        finally:
            del self._waiting[order.id]
            if not over:
                with contextlib.suppress(OSError):
                    await _send(child, Cancel(id=order.id))

    async def warm(self, base_folder: Path) -> None:
        """Loads a base ahead of the first question, which then need not wait some seconds."""
        async with self._starting:
            child = await self._running()
        with contextlib.suppress(OSError):
            await _send(child, Warm(base_folder=str(base_folder)))

    async def stop(self) -> None:
        """Ends the child, at once."""
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
        if self._reader is not None:
            await self._reader

    async def _running(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            if self._reader is not None:
                await self._reader
            self._child = await self._spawn()
            self._reader = asyncio.create_task(self._read(self._child), name="generator-replies")
        return self._child

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._log_path.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tunedesk.engine.generation",
                str(self._lock_folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE_LIMIT_BYTES,
                env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
            )

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        while line := await child.stdout.readline():
            reply = msgspec.json.decode(line, type=Reply)
            if inbox := self._waiting.get(reply.id):
                inbox.put_nowait(reply)
        code = await child.wait()
        for request_id, inbox in self._waiting.items():
            inbox.put_nowait(_gone(request_id, code))


async def _send(child: asyncio.subprocess.Process, order: Order) -> None:
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(order) + b"\n")
    await child.stdin.drain()


def _gone(request_id: str, code: int) -> Refused:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    text = f"The process that holds the model {how}. Ask again to start it anew."
    return Refused(id=request_id, status=500, message=text, code="generator_gone")
