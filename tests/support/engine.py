"""A real engine for tests: the process, its address, and the official client on its socket."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI

from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.core.places import engine_folder
from tunedesk.engine.fetch_model import MODEL_ID, fetch

__all__ = ["MODEL_ID", "RunningEngine", "models_folder", "running_engine", "wait_for_job"]

READY_S = 60.0


def models_folder() -> Path:
    """The folder of the converted base model, shared by all tests; converted if need be.

    `TUNEDESK_TEST_MODELS` names another place.
    """
    named = os.environ.get("TUNEDESK_TEST_MODELS")
    environ = {key: value for key, value in os.environ.items() if key != "TUNEDESK_HOME"}
    folder = Path(named) if named else engine_folder(environ) / "models"
    fetch(folder, lambda _: None)
    return folder


class RunningEngine:
    """An engine process and a client of it. `data` outlives it, so that it can be restarted."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        announcement: dict[str, Any],
        token: str,
        data: Path,
    ) -> None:
        self.process = process
        self.announcement = announcement
        self.token = token
        self.data = data
        self.uds: str | None = announcement["uds"]
        self.base_url: str = announcement["base_url"]
        self.http = self.new_http()
        self.client = AsyncOpenAI(
            api_key=token,
            base_url=self.base_url,
            http_client=self.new_http(),
            max_retries=0,
            timeout=120,
        )

    def new_http(self) -> httpx2.AsyncClient:
        """A bare HTTP client on the engine's socket, without a token."""
        transport = httpx2.AsyncHTTPTransport(uds=self.uds) if self.uds else None
        return httpx2.AsyncClient(transport=transport, timeout=60, trust_env=False)

    @property
    def auth(self) -> dict[str, str]:
        """The header that lets a bare client in."""
        return {"Authorization": f"Bearer {self.token}"}

    async def stop(self) -> int:
        """Closes its stdin, as an app does that ends; returns the exit code."""
        await self.client.close()
        await self.http.aclose()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def running_engine(
    data: Path | None = None, *, models: Path | None = None, tcp: bool = False
) -> AsyncIterator[RunningEngine]:
    """Starts an engine as the app does, with throw-away data unless `data` is given."""
    scratch = Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))  # a socket path must be short
    folder = data or scratch / "data"
    token = secrets.token_urlsafe(24)
    place = ["--host", "127.0.0.1"] if tcp else ["--uds", str(scratch / "run" / "e.sock")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tunedesk.engine",
        *place,
        "--data",
        str(folder),
        "--models",
        str(models or models_folder()),
        "--exit-with-parent",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    engine: RunningEngine | None = None
    try:
        engine = RunningEngine(process, await _announcement(process, token), token, folder)
        yield engine
    finally:
        if engine is not None:
            await engine.stop()
        elif process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # else a warning at collection
        shutil.rmtree(scratch, ignore_errors=True)


async def _announcement(process: asyncio.subprocess.Process, token: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(token.encode() + b"\n")
    await process.stdin.drain()
    line = await asyncio.wait_for(process.stdout.readline(), READY_S)
    announced: dict[str, Any] = json.loads(line)
    return announced


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
