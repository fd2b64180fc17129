"""The engine's side of the trainer process: starts it, follows its `events.jsonl`, ends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from tunedesk.engine.training.spec import EVENTS_FILE, Line

_LOOK_S = 0.1
# Threads that wait for each other spin this long before they sleep: as fast as the default on a
# quiet machine, and much less bad on a busy one (measured; the default is 300,000).
_SPINS = "20000"


class Trainer:
    """One child process. It holds nothing that is not on disk, so killing it is always safe."""

    def __init__(self, child: asyncio.subprocess.Process, events_path: Path) -> None:
        self._child = child
        self._events_path = events_path

    @classmethod
    async def start(cls, job_folder: Path) -> Trainer:
        """Starts training, or goes on with it. Our end of its stdin is its lifeline."""
        with (job_folder / "trainer.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tunedesk.engine.training",
                str(job_folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "GOMP_SPINCOUNT": _SPINS, "HF_HUB_OFFLINE": "1"},
            )
        return cls(child, job_folder / EVENTS_FILE)

    async def lines(self) -> AsyncIterator[Line]:
        """All lines of this job, those of earlier processes first; ends with the process.

        A `failed` line of an earlier process is not repeated: that job was started anew.
        """
        offset = 0
        exited = False
        while True:
            exited = self._child.returncode is not None
            data, offset = await asyncio.to_thread(self._read, offset)
            for line in _whole_lines(data):
                if line.kind != "failed" or f"-{self._child.pid}-" in line.key:
                    yield line
            if exited:
                return
            await self._pause()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._child.wait(), _LOOK_S)

    def _read(self, offset: int) -> tuple[bytes, int]:
        try:
            with self._events_path.open("rb") as stream:
                stream.seek(offset)
                data = stream.read()
        except FileNotFoundError:
            return b"", offset
        whole = data[: data.rfind(b"\n") + 1]
        return whole, offset + len(whole)

    async def kill(self) -> None:
        """Ends it now and waits until its memory is back."""
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()

    def end(self) -> str:
        """How it ended, as the rest of a sentence."""
        code = self._child.returncode or 0
        if code == -9:
            return "was killed (often because memory ran out)"
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _whole_lines(data: bytes) -> list[Line]:
    """Lines torn by a kill are skipped: what they said is said again by the next process."""
    found: list[Line] = []
    for raw in data.split(b"\n"):
        with contextlib.suppress(msgspec.DecodeError):
            found.append(msgspec.json.decode(raw, type=Line))
    return found
