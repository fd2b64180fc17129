"""The engine's side of the trainer process: starts it, follows its `events.jsonl`, ends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from tunedesk.engine.launch import Launch
from tunedesk.engine.memory_kills import memory_kills
from tunedesk.engine.trainer_command import is_distributed, trainer_command
from tunedesk.engine.training.spec import (
    EVENTS_FILE,
    EXIT_DISK_FULL,
    MEETING_PREFIX,
    PAUSE_WORD,
    Line,
)
from tunedesk.engine.training.threads import SPINS

_LOOK_S = 0.1
_SIGKILL = 9  # a number, since Windows has no name for it
_NATIVE_DEATHS = frozenset({signal.SIGABRT, signal.SIGSEGV})
_LAST_WORDS = frozenset({"failed", "paused"})


class Trainer:
    """One child process. It holds nothing that is not on disk, so killing it is always safe."""

    def __init__(self, child: asyncio.subprocess.Process, events_path: Path, begins: int) -> None:
        self._child = child
        self._events_path = events_path
        self._begins = begins
        self._kills_before = memory_kills()

    @classmethod
    async def start(cls, job_folder: Path, launch: Launch) -> Trainer:
        """Starts training, or goes on with it. Our end of its stdin is its lifeline.

        Raises OSError if no process can be started.
        """
        events_path = job_folder / EVENTS_FILE
        begins = await asyncio.to_thread(_tidied, job_folder)
        with (job_folder / "trainer.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *trainer_command(launch, job_folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=_environment(launch),
            )
        return cls(child, events_path, begins)

    async def lines(self) -> AsyncIterator[Line]:
        """All lines of this job, those of earlier processes first; ends with the process.

        The last word of an earlier process is not repeated: that job was started anew.
        """
        offset = 0
        exited = False
        while True:
            exited = self._child.returncode is not None
            data, start = await asyncio.to_thread(self._read, offset), offset
            offset += len(data)
            for at, line in _whole_lines(data):
                if start + at >= self._begins or line.kind not in _LAST_WORDS:
                    yield line
            if exited:
                return
            await self._rest()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._child.wait(), _LOOK_S)

    def _read(self, offset: int) -> bytes:
        try:
            with self._events_path.open("rb") as stream:
                stream.seek(offset)
                data = stream.read()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]

    def ask_to_pause(self) -> None:
        """It saves at the next step and ends; `lines` tells."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.write(PAUSE_WORD)

    async def kill(self) -> None:
        """Ends it now and waits until its memory is back."""
        assert self._child.stdin is not None
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()
        self._child.stdin.close()  # the lifeline of processes below it
        await self._child.wait()

    @property
    def ran_out_of_disk(self) -> bool:
        """True if it ended since the disk was full, too full even for the line that says so."""
        return self._child.returncode == EXIT_DISK_FULL

    @property
    def ran_out_of_memory(self) -> bool:
        """True if the system killed it for its memory, as far as that can be known."""
        if memory_kills() is None:
            return self._child.returncode == -_SIGKILL
        return self._child.returncode != 0 and memory_kills() != self._kills_before

    @property
    def may_have_lacked_memory(self) -> bool:
        """The same, or it died as native code does that is given no memory (seen in tests)."""
        return self.ran_out_of_memory or -(self._child.returncode or 0) in _NATIVE_DEATHS

    def end(self) -> str:
        """How it ended, as the rest of a sentence."""
        code = self._child.returncode or 0
        if self.ran_out_of_memory:
            return "was killed by the system: memory ran out"
        if code == -_SIGKILL:
            return "was killed (often because memory ran out)"
        if self.may_have_lacked_memory:
            return f"was ended by signal {-code} (often because memory ran out)"
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _tidied(job_folder: Path) -> int:
    """Removes where earlier processes met; bytes of what they said."""
    for left_over in job_folder.glob(f"{MEETING_PREFIX}*"):
        left_over.unlink(missing_ok=True)
    events_path = job_folder / EVENTS_FILE
    return events_path.stat().st_size if events_path.exists() else 0


def _environment(launch: Launch) -> dict[str, str]:
    found = {**os.environ, "GOMP_SPINCOUNT": SPINS, "HF_HUB_OFFLINE": "1"}
    if is_distributed(launch) and launch.nnodes == 1 and sys.platform == "linux":
        found |= {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}  # all are here
    found["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1" if launch.nnodes == 1 else "0"
    return found


def _whole_lines(data: bytes) -> list[tuple[int, Line]]:
    """Each with its place in `data`.

    Lines torn by a kill are skipped: what they said is said again by the next process.
    """
    found: list[tuple[int, Line]] = []
    at = 0
    for raw in data.split(b"\n"):
        with contextlib.suppress(msgspec.DecodeError):
            found.append((at, msgspec.json.decode(raw, type=Line)))
        at += len(raw) + 1
    return found
