"""Faults E2, E3, E5 and the rule of resuming: what happens when processes end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.engine import (
    MODEL_ID,
    EngineUnderTest,
    is_alive,
    listening_tcp,
    models_folder,
    processes_below,
    start_engine,
    wait_for_job,
)
from tests.support.engine_jobs import create_tiny_job, folder_of
from tunedesk.engine.runner import MAX_RESTARTS

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
child.stdin.write(b"a-token-of-the-test-suite\\n")
child.stdin.flush()
child.wait()
"""


def test_no_port_is_open_on_a_unix_socket(engine: EngineUnderTest) -> None:
    assert listening_tcp(engine.pid) == []


async def test_one_loopback_port_otherwise() -> None:
    engine = start_engine(tcp=True)
    try:
        port = int(engine.base_url.rsplit(":", 1)[1].removesuffix("/v1"))
        assert listening_tcp(engine.pid) == [f"0100007F:{port:04X}"]
        async with engine.client() as client:
            assert [model.id for model in (await client.models.list()).data] == [MODEL_ID]
    finally:
        assert engine.stop() == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_wider_than_loopback_is_refused(host: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tunedesk.engine", "--host", host, "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "reachable from other machines" in done.stderr
    assert done.stdout == ""


def test_a_token_file_is_made_and_named_and_private(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tunedesk.engine", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    token = Path(said["token_file"])
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text().strip()) >= 32
    assert said["base_url"].startswith("http://127.0.0.1:")


def test_a_second_engine_on_the_same_data_is_refused(engine: EngineUnderTest) -> None:
    command = [sys.executable, "-m", "tunedesk.engine", "--data", str(engine.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "Another engine is working in" in done.stderr


async def test_the_token_is_in_no_argument_and_no_environment(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    job = await create_tiny_job(client, 50)
    asked = client.chat.completions.create(
        model=MODEL_ID, messages=[{"role": "user", "content": "Hi"}], max_tokens=1
    )
    await asked
    await _trainer_below(engine.pid)
    seen = [engine.pid, *processes_below(engine.pid)]
    assert len(seen) >= 3
    for pid in seen:
        for name in ("cmdline", "environ"):
            assert engine.token.encode() not in (Path("/proc") / str(pid) / name).read_bytes()
    await client.fine_tuning.jobs.cancel(job.id)


async def test_no_orphan_when_the_parent_is_killed(tmp_path: Path) -> None:
    data, socket = tmp_path / "data", tmp_path / "e.sock"
    engine_command = [sys.executable, "-m", "tunedesk.engine", "--uds", str(socket)]
    engine_command += ["--data", str(data), "--models", str(models_folder())]
    parent = subprocess.Popen(  # noqa: ASYNC220 - plain, so that it can be killed plainly
        [sys.executable, "-c", _PARENT, *engine_command, "--exit-with-parent"],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    said = json.loads(parent.stdout.readline())
    below = await _start_work(str(said["uds"]), parent.pid)
    parent.kill()
    killed_s = time.monotonic()
    while alive := [pid for pid in below if is_alive(pid)]:
        assert time.monotonic() - killed_s < 2, {pid: below[pid] for pid in alive}
        await asyncio.sleep(0.05)
    parent.wait()
    parent.stdout.close()
    assert not socket.exists()


async def _start_work(uds: str, parent_pid: int) -> dict[int, str]:
    """Trains and chats, so that all three kinds of process are there; returns them."""
    import httpx2

    http = httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=uds), timeout=60)
    async with AsyncOpenAI(
        api_key="a-token-of-the-test-suite",
        base_url="http://localhost/v1",
        http_client=http,
        max_retries=0,
    ) as client:
        await client.chat.completions.create(
            model=MODEL_ID, messages=[{"role": "user", "content": "Hi"}], max_tokens=1
        )
        await create_tiny_job(client, 50)
        await _trainer_below(parent_pid)
        below = processes_below(parent_pid)
    commands = " ".join(below.values())
    assert "engine.generation" in commands
    assert "engine.training" in commands
    return below


async def test_a_job_goes_on_after_the_engine_was_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = start_engine(data)
    async with first.client() as client:
        job = await create_tiny_job(client, 8)
        await _event(client, job.id, "Checkpoint created at step 1 ")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    first.stop()
    second = start_engine(data)
    try:
        async with second.client() as client:
            done = await wait_for_job(client, job.id)
            assert done.status == "succeeded"
            messages = await _messages(client, job.id)
    finally:
        assert second.stop() == 0
    assert any("The engine stopped while this job was running" in m for m in messages)
    steps = [message for message in messages if message.startswith("Step ")]
    assert [int(step.split()[1].split("/")[0]) for step in steps] == list(range(1, 9))
    assert [name for name in messages if name.startswith("Checkpoint")] != []


async def test_a_killed_trainer_goes_on_and_gives_the_same_model(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    calm = await create_tiny_job(client, 6, seed=5)
    assert (await wait_for_job(client, calm.id)).status == "succeeded"
    killed = await create_tiny_job(client, 6, seed=5)
    await _event(client, killed.id, "Checkpoint created at step 1 ")
    os.kill(await _trainer_below(engine.pid), signal.SIGKILL)
    assert (await wait_for_job(client, killed.id)).status == "succeeded"
    assert any("was killed" in message for message in await _messages(client, killed.id))
    weights = [
        folder_of(engine, job.id) / "checkpoints" / "step-6" / "adapter_model.safetensors"
        for job in (calm, killed)
    ]
    assert weights[0].read_bytes() == weights[1].read_bytes()


async def test_a_trainer_that_keeps_dying_fails_with_the_reason(
    engine: EngineUnderTest, client: AsyncOpenAI
) -> None:
    job = await create_tiny_job(client, 50)
    dead: set[int] = set()
    while (await client.fine_tuning.jobs.retrieve(job.id)).status != "failed":
        for pid, command in processes_below(engine.pid).items():
            if "engine.training" in command and pid not in dead:
                os.kill(pid, signal.SIGKILL)
                dead.add(pid)
        await asyncio.sleep(0.05)
    failed = await client.fine_tuning.jobs.retrieve(job.id)
    assert failed.error is not None
    assert failed.error.code == "trainer_died"
    assert "memory" in failed.error.message
    assert len(dead) == MAX_RESTARTS + 1


async def test_a_loss_that_is_no_number_fails_the_job(client: AsyncOpenAI) -> None:
    wild = {"n_epochs": 5, "batch_size": 5, "learning_rate_multiplier": 1e30}
    job = await create_tiny_job(client, 5, hyperparameters=wild)
    failed = await wait_for_job(client, job.id)
    assert failed.status == "failed"
    assert failed.error.code == "training_diverged"
    assert "learning_rate_multiplier" in failed.error.message


async def test_a_dead_generator_is_replaced(engine: EngineUnderTest, client: AsyncOpenAI) -> None:
    asked: dict[str, Any] = {
        "model": MODEL_ID,
        "messages": [{"role": "user", "content": "Tell me a long story."}],
        "max_tokens": 500,
    }
    stream = await client.chat.completions.create(stream=True, **asked)
    await anext(aiter(stream))
    below = processes_below(engine.pid).items()
    os.kill(next(p for p, c in below if "engine.generation" in c), signal.SIGKILL)
    with pytest.raises(Exception, match="killed by signal 9"):
        async for _ in stream:
            pass
    done = await client.chat.completions.create(**{**asked, "max_tokens": 1})
    assert done.choices[0].finish_reason == "length"


async def _trainer_below(pid: int) -> int:
    while True:
        for child, command in processes_below(pid).items():
            if "tunedesk.engine.training" in command:
                return child
        await asyncio.sleep(0.02)


async def _messages(client: AsyncOpenAI, job_id: str) -> list[str]:
    events = [e async for e in client.fine_tuning.jobs.list_events(job_id, limit=100)]
    return [event.message for event in reversed(events)]


async def _event(client: AsyncOpenAI, job_id: str, start: str) -> None:
    while not any(m.startswith(start) for m in await _messages(client, job_id)):
        await asyncio.sleep(0.1)
