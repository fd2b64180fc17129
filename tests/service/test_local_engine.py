"""Starting, watching and ending the engine process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.engine import models_folder
from tests.support.gui_loop import GuiLoop, gui_loop
from tests.support.projects import Home, home, run
from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.providers import engine_process
from tunedesk.providers.engine_process import EngineProcess
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import EngineStatus, LocalEngine

__all__ = ["gui_loop"]

BASE = "smollm2-135m-instruct"


@asynccontextmanager
async def engine_of(place: Home) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(place.folders, place.background, models_folder=models_folder())
    try:
        yield engine
    finally:
        await engine.stop()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def shown_to_everyone(pid: int) -> str:
    """Arguments and environment of a process."""
    folder = Path(f"/proc/{pid}")
    return (folder / "cmdline").read_text() + (folder / "environ").read_text()


@pytest.mark.engine
def test_it_starts_answers_and_ends_without_a_trace(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, engine_of(place) as engine:
            seen: list[str] = []
            end = engine.subscribe(lambda status: seen.append(status.state))
            await asyncio.gather(engine.start(), engine.start())
            assert seen == ["starting", "ready"]
            address = await engine.address()
            assert address.token not in repr(address)
            assert address.uds is not None
            assert address.uds.stat().st_mode & 0o777 == 0o600
            assert address.token not in shown_to_everyone(address.pid)
            providers = Providers(engine)
            provider = await providers.get("local")
            assert [model.id for model in await provider.models()] == [BASE]
            await providers.close()
            await engine.stop()
            assert seen == ["starting", "ready", "stopped"]
            assert not is_alive(address.pid)
            assert not address.uds.exists()
            end()

    run(steps())


@pytest.mark.engine
def test_its_death_is_told_and_the_next_start_has_a_new_token(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, engine_of(place) as engine:
            first = await engine.address()
            providers = Providers(engine)
            await (await providers.get("local")).models()
            died = asyncio.Event()
            engine.subscribe(lambda status: died.set() if status.state == "failed" else None)
            os.kill(first.pid, signal.SIGKILL)
            await asyncio.wait_for(died.wait(), 5)
            assert "signal 9" in engine.status.detail
            with pytest.raises(TunedeskError, match="does not run"):
                await providers.get("local")
            await engine.start()
            second = await engine.address()
            assert second.token != first.token
            assert await (await providers.get("local")).models()
            await providers.close()

    run(steps())


def test_what_is_not_installed_is_named_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "_NEEDED", ("no_such_module",))

    async def steps() -> None:
        async with home(tmp_path) as place, engine_of(place) as engine:
            await engine.start()
            assert engine.status.state == "missing"
            assert "no_such_module" in engine.status.detail
            assert "make setup" in engine.status.detail
            with pytest.raises(TunedeskError) as caught:
                await engine.address()
            assert caught.value.code == "engine_missing"

    run(steps())


def test_without_a_base_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            engine = LocalEngine(place.folders, place.background)
            await engine.start()
            assert engine.status == EngineStatus(state="no_model", detail=engine.status.detail)
            assert "tunedesk engine fetch-model" in engine.status.detail

    run(steps())


def test_an_engine_that_ends_at_once_is_told_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    async def steps() -> None:
        async with home(tmp_path) as place, engine_of(place) as engine:
            await engine.start()
            assert engine.status.state == "failed"
            assert "engine.log" in engine.status.detail

    run(steps())


def test_an_engine_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    monkeypatch.setattr(engine_process, "_READY_S", 0.2)
    monkeypatch.setattr(engine_process, "_STOP_S", 0.2)

    async def steps() -> None:
        process = EngineProcess(lambda code: None)
        with pytest.raises(TunedeskError, match="said nothing"):
            await process.start(tmp_path / "data", tmp_path, tmp_path / "log" / "engine.log")
        await process.stop()

    run(steps())


def test_a_long_runtime_folder_gets_a_short_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = tmp_path / "echo"
    echo.write_text(
        "#!/bin/sh\nread token\n"
        'printf \'{"uds": "%s", "base_url": "http://localhost/v1", "pid": 1}\\n\' "$4"\n'
        "cat >/dev/null\n"
    )
    echo.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(echo))

    async def steps() -> None:
        process = EngineProcess(lambda code: None)
        long = tmp_path / ("x" * 120)
        address = await process.start(tmp_path / "data", long, tmp_path / "engine.log")
        assert address.uds is not None
        assert len(os.fsencode(address.uds)) < 100
        folder = address.uds.parent
        assert folder.stat().st_mode & 0o777 == 0o700
        await process.stop()
        assert not folder.exists()

    run(steps())


@pytest.mark.engine
def test_it_works_on_the_windows_loop(
    tmp_path: Path, qapp: QApplication, gui_loop: GuiLoop
) -> None:
    """qasync has its own subprocess and socket code; the app runs on it."""
    answers: list[str] = []

    async def steps() -> None:
        async with home(tmp_path) as place, engine_of(place) as engine:
            providers = Providers(engine)
            provider = await providers.get("local")
            asked = ChatRequest(model=BASE, messages=[{"role": "user", "content": "Hi"}])
            async for delta in provider.chat(asked):
                answers.append(delta.text)
            await providers.close()

    gui_loop.loop.run_until_complete(asyncio.wait_for(steps(), 120))
    assert "".join(answers).strip()
