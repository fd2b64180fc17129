"""A real engine for tests: the process, its address, and the official client on its socket.

`start_engine` is plain (for fixtures that several tests share), `running_engine` the same for
async code that wants a client at once. The engine's data is thrown away, the base model shared.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI

from tests.support.environment import REAL_ENVIRON
from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.core.places import engine_folder
from tunedesk.engine.fetch_model import MODEL_ID, fetch

__all__ = [
    "MODEL_ID",
    "EngineUnderTest",
    "RunningEngine",
    "models_folder",
    "running_engine",
    "start_engine",
    "wait_for_job",
]

READY_S = 60.0
STOP_S = 30.0


def models_folder() -> Path:
    """The folder of the converted base model, shared by all tests; converted if need be.

    `TUNEDESK_TEST_MODELS` names another place.
    """
    named = REAL_ENVIRON.get("TUNEDESK_TEST_MODELS")
    folder = Path(named) if named else engine_folder(REAL_ENVIRON) / "models"
    fetch(folder, lambda _: None)
    return folder


class EngineUnderTest:
    """An engine process, started as the app starts it. `data` outlives it."""

    def __init__(self, process: subprocess.Popen[bytes], token: str, scratch: Path, data: Path):
        self.process = process
        self.token = token
        self.data = data
        self._scratch = scratch
        self.announcement: dict[str, Any] = json.loads(_first_line(process))
        self.uds: str | None = self.announcement["uds"]
        self.base_url: str = self.announcement["base_url"]
        self.pid = process.pid

    @property
    def auth(self) -> dict[str, str]:
        """The header that lets a bare client in."""
        return {"Authorization": f"Bearer {self.token}"}

    def http(self) -> httpx2.AsyncClient:
        """A bare HTTP client on the engine's socket, without a token; close it."""
        transport = httpx2.AsyncHTTPTransport(uds=self.uds) if self.uds else None
        return httpx2.AsyncClient(transport=transport, timeout=120, trust_env=False)

    def client(self) -> AsyncOpenAI:
        """The official client; close it."""
        return AsyncOpenAI(
            api_key=self.token,
            base_url=self.base_url,
            http_client=self.http(),
            max_retries=0,
            timeout=120,
        )

    def stop(self) -> int:
        """Closes its stdin, as an app does that ends; returns the exit code. Works twice."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(STOP_S)
        self.process.stdout.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        return code


def start_engine(
    data: Path | None = None,
    *,
    models: Path | None = None,
    tcp: bool = False,
    more: Sequence[str] = (),
    inside: Sequence[str] = (),
) -> EngineUnderTest:
    """Starts an engine and waits until it is ready; throw-away data unless `data` is given.

    `more` options are passed on as they are. `inside`: a command that execs the one behind it.
    """
    scratch = Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))  # a socket's path must be short
    folder = data or scratch / "data"
    token = secrets.token_urlsafe(24)
    place = ["--host", "127.0.0.1"] if tcp else ["--uds", str(scratch / "run" / "e.sock")]
    command = [*inside, sys.executable, "-m", "tunedesk.engine", *place, "--data", str(folder)]
    command += ["--models", str(models or models_folder()), "--exit-with-parent", *more]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(token.encode() + b"\n")
    process.stdin.flush()
    try:
        return EngineUnderTest(process, token, scratch, folder)
    except BaseException:
        process.kill()
        process.communicate()
        raise


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_S)
    assert ready, f"the engine was not ready within {READY_S} s"
    line = process.stdout.readline()
    assert line, f"the engine ended with code {process.wait(5)} before it was ready"
    return line


class RunningEngine:
    """An engine with a client that is already open."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self.engine = engine
        self.client = engine.client()
        self.http = engine.http()
        self.token = engine.token
        self.uds = engine.uds
        self.base_url = engine.base_url
        self.data = engine.data
        self.auth = engine.auth


@asynccontextmanager
async def running_engine(
    data: Path | None = None, *, models: Path | None = None, tcp: bool = False
) -> AsyncIterator[RunningEngine]:
    """`start_engine` with an open client, ended at the end."""
    engine = await asyncio.to_thread(start_engine, data, models=models, tcp=tcp)
    running = RunningEngine(engine)
    try:
        yield running
    finally:
        await running.client.close()
        await running.http.aclose()
        await asyncio.to_thread(engine.stop)


async def wait_for_job(
    client: AsyncOpenAI, job_id: str, statuses: Iterable[str] = TERMINAL_STATUSES
) -> Any:
    """Polls until the job has one of `statuses` or is over; returns the job."""
    wanted = {*statuses, *TERMINAL_STATUSES}
    while True:
        job = await client.fine_tuning.jobs.retrieve(job_id)
        if job.status in wanted:
            return job
        await asyncio.sleep(0.1)


def processes_below(pid: int) -> dict[int, str]:
    """Every living process started by `pid` or by one of those, with its command line."""
    parents = {int(p.name): _parent_of(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: _command_line(child) for child in found - {pid}}


def listening_tcp(pid: int) -> list[str]:
    """Local addresses of listening TCP sockets that this process holds."""
    inodes = set()
    for handle in (Path("/proc") / str(pid) / "fd").iterdir():
        target = str(handle.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().split("\n")[1:]:
            fields = line.split()
            if fields and fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1])
    return found


def is_alive(pid: int) -> bool:
    """False for a process that is gone or only waits to be collected."""
    try:
        return _state(Path("/proc") / str(pid))[0] != "Z"
    except OSError:
        return False


def _parent_of(folder: Path) -> int:
    try:
        return int(_state(folder)[1])
    except OSError:
        return 0


def _state(folder: Path) -> list[str]:
    return (folder / "stat").read_text().rpartition(")")[2].split()


def _command_line(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
