"""The generator as a process: started, spoken to, listened to, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from tunedesk.core.programs import module_command
from tunedesk.engine.generation.protocol import Cancel, Done, Order, Refused, Reply, Start
from tunedesk.engine.training.threads import SPINS

_LINE_LIMIT_BYTES = 2**20
_MOST_UNREAD = 10_000  # some minutes of replies; a few MB


class Child:
    """One process. Its death ends every request that it has with a `Refused`."""

    def __init__(self, process: asyncio.subprocess.Process, log_path: Path) -> None:
        self._process = process
        self._log_path = log_path
        self._inboxes: dict[str, asyncio.Queue[Reply]] = {}
        self._listener = asyncio.create_task(self._listen(), name="generator-replies")

    @classmethod
    async def start(cls, lock_folder: Path, log_path: Path, *, is_exact: bool = False) -> Child:
        """Starts it; it needs some seconds before it answers."""
        with log_path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *module_command("tunedesk.engine.generation"),
                str(lock_folder),
                *(["--exact"] if is_exact else []),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE_LIMIT_BYTES,
                env={**os.environ, "GOMP_SPINCOUNT": SPINS, "HF_HUB_OFFLINE": "1"},
            )
        return cls(process, log_path)

    @property
    def is_dead(self) -> bool:
        """True once nothing will be answered any more."""
        return self._listener.done()

    async def replies(self, order: Start) -> AsyncGenerator[Reply]:
        """As `Generator.replies`."""
        inbox: asyncio.Queue[Reply] = asyncio.Queue()
        self._inboxes[order.id] = inbox
        over = False
        try:
            await self.send(order)
            while not over:
                reply = await inbox.get()
                over = isinstance(reply, Done | Refused)
                yield reply
        finally:
            del self._inboxes[order.id]
            if not over:
                await self.send(Cancel(id=order.id))

    async def send(self, order: Order) -> None:
        """Writes one line. A dead process is no error here: its listener tells those who wait."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            await self._process.stdin.drain()

    async def kill(self) -> None:
        """Ends it, at once, and waits until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._listener

    async def _listen(self) -> None:
        try:
            await self._read_lines()
        except ValueError as error:  # a line beyond all bounds: it has lost its senses
            self._note(f"The generator was ended: {error}\n")
            self._process.kill()
        code = await self._process.wait()
        for request_id, inbox in self._inboxes.items():
            inbox.put_nowait(_gone(request_id, code))

    async def _read_lines(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            try:
                reply = msgspec.json.decode(line, type=Reply)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._note(f"A reply was not understood and left out: {error}\n")
                continue
            self._deliver(reply)

    def _deliver(self, reply: Reply) -> None:
        """To whoever waits for it; a reader that never catches up is given up."""
        inbox = self._inboxes.get(reply.id)
        if inbox is None or inbox.qsize() > _MOST_UNREAD:
            return
        if inbox.qsize() < _MOST_UNREAD:
            inbox.put_nowait(reply)
            return
        inbox.put_nowait(_too_slow(reply.id))
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(Cancel(id=reply.id)) + b"\n")

    def _note(self, text: str) -> None:
        with contextlib.suppress(OSError), self._log_path.open("ab") as log:
            log.write(text.encode())


def _too_slow(request_id: str) -> Refused:
    text = f"The answer was ended: its reader is {_MOST_UNREAD} pieces behind."
    return Refused(id=request_id, status=500, message=text, code="reader_too_slow")


def _gone(request_id: str, code: int) -> Refused:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    if code == -signal.SIGKILL:
        how += ", as happens when memory runs out"
    text = f"The process that holds the model {how}. Ask again to start it anew."
    return Refused(id=request_id, status=500, message=text, code="generator_gone")
