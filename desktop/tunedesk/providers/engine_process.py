"""The engine on this computer as a child process: started, spoken to by pipe, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.programs import engine_missing, engine_program, is_bundled, module_command

_NEEDED = ("torch", "transformers", "peft", "fastapi", "uvicorn")
_READY_S = 60.0
_STOP_S = 2.0
_MAX_SOCKET_BYTES = 100  # the system's limit is 104 or 108
_MAX_LOG_BYTES = 1_000_000


class EngineAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the running engine listens. `token` must not reach a log, a file or a child."""

    uds: Path | None
    base_url: str
    token: str
    pid: int

    def __repr__(self) -> str:
        return f"EngineAddress({self.base_url!r}, pid={self.pid})"


class EngineProcess:
    """One launch. `on_exit(exit code)` is called on the loop's thread if it ends unasked.

    `start` must be called on a thread that lives as long as the engine: the kernel ends the
    engine when the thread that started it dies.
    """

    def __init__(self, on_exit: Callable[[int], None]) -> None:
        self._on_exit = on_exit
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._own_folder: Path | None = None
        self._is_stopping = False

    async def start(
        self,
        data_folder: Path,
        runtime_folder: Path,
        log_path: Path,
        models_folder: Path | None = None,
    ) -> EngineAddress:
        """Spawn the engine and wait until it listens.

        Raises TunedeskError: "engine_missing" if what it is made of is not installed,
        "engine_failed" if it ends or says nothing within a minute; its own words are in the log.
        """
        require_installed()
        loop = asyncio.get_running_loop()
        token = secrets.token_urlsafe(32)
        socket_path = self._socket_path(runtime_folder)
        arguments = _arguments(socket_path, data_folder, models_folder)
        ready: asyncio.Future[bytes] = loop.create_future()
        self._process = spawn(arguments, log_path)
        self._watcher = threading.Thread(
            target=self._watch, args=(self._process, loop, ready), name="tunedesk-engine-watch"
        )
        self._watcher.start()
        try:
            _hand_over(self._process, token)
            line = await asyncio.wait_for(ready, _READY_S)
            return _address(line, token, log_path)
        except TimeoutError:
            await self.stop()
            raise failed(f"It said nothing for {_READY_S:.0f} s.", log_path) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close its stdin, wait, then terminate, then kill. Twice is harmless."""
        self._is_stopping = True
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        for more in (process.terminate, process.kill, lambda: None):
            if await self._has_ended():
                break
            more()
        await self._join()

    # ---- inner ---------------------------------------------------------------------------------

    def _socket_path(self, runtime_folder: Path) -> Path | None:
        """None where the platform has no Unix sockets. Long folders are replaced by a short one."""
        if sys.platform == "win32":
            return None
        name = f"engine-{os.getpid()}-{secrets.token_hex(3)}.sock"
        if len(os.fsencode(runtime_folder / name)) < _MAX_SOCKET_BYTES:
            return runtime_folder / name
        self._own_folder = Path(tempfile.mkdtemp(prefix="tunedesk-"))
        return self._own_folder / name

    def _watch(
        self,
        process: subprocess.Popen[bytes],
        loop: asyncio.AbstractEventLoop,
        ready: asyncio.Future[bytes],
    ) -> None:
        """In its own thread: the first line is the address, the rest is passed over."""
        assert process.stdout is not None
        line = process.stdout.readline()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_give, ready, line)
        while process.stdout.read(65_536):
            pass
        process.stdout.close()
        code = process.wait()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._ended, process, code)

    def _ended(self, process: subprocess.Popen[bytes], code: int) -> None:
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        if not self._is_stopping:
            self._process = None
            self._on_exit(code)

    async def _has_ended(self) -> bool:
        end_s = asyncio.get_running_loop().time() + _STOP_S
        while self._watcher is not None and self._watcher.is_alive():
            if asyncio.get_running_loop().time() > end_s:
                return False
            await asyncio.sleep(0.01)
        return True

    async def _join(self) -> None:
        if self._watcher is not None:
            self._watcher.join()
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)


def require_installed() -> None:
    """Raises TunedeskError("engine_missing"), naming what is not there."""
    if is_bundled():
        if engine_program() is None:
            raise engine_missing()
        return
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise TunedeskError(
            "engine_missing",
            "The engine is not installed.",
            f"Training on this computer needs {', '.join(missing)}.",
            'Run "make setup", or install Tunedesk with its extra "engine".',
        )


def _arguments(
    socket_path: Path | None, data_folder: Path, models_folder: Path | None
) -> list[str]:
    place = ["--uds", str(socket_path)] if socket_path else ["--host", "127.0.0.1", "--port", "0"]
    models = ["--models", str(models_folder)] if models_folder else []
    return [
        *module_command("tunedesk.engine"),
        *place,
        "--data",
        str(data_folder),
        *models,
        "--exit-with-parent",
    ]


def environment() -> dict[str, str]:
    """What a process of the engine is given: nothing that is meant for providers."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}


def spawn(arguments: list[str], log_path: Path) -> subprocess.Popen[bytes]:
    """A process of the engine, its stderr in the log. Raises TunedeskError("engine_failed").

    Ctrl+C in a terminal is for the app alone, which then ends the engine in order.
    """
    try:
        with _log(log_path) as log:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
    except OSError as error:
        raise failed(f"It could not be started: {error.strerror}.", log_path) from error


def _log(path: Path) -> BinaryIO:
    """The log, open for appending; one earlier log is kept once it has grown."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _MAX_LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def _hand_over(process: subprocess.Popen[bytes], token: str) -> None:
    """The pipe stays open: its end tells the engine that the app is gone."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it ended already, which the watcher tells
        process.stdin.write(token.encode() + b"\n")
        process.stdin.flush()


def _give(ready: asyncio.Future[bytes], line: bytes) -> None:
    if not ready.done():
        ready.set_result(line)


def _address(line: bytes, token: str, log_path: Path) -> EngineAddress:
    try:
        told = json.loads(line)
        uds = Path(told["uds"]) if told["uds"] else None
        return EngineAddress(
            uds=uds, base_url=str(told["base_url"]), token=token, pid=int(told["pid"])
        )
    except (ValueError, KeyError, TypeError):
        raise failed("It ended before it was ready.", log_path) from None


def failed(what: str, log_path: Path) -> TunedeskError:
    """For `what` went wrong with the engine."""
    return TunedeskError(
        "engine_failed",
        "The engine did not start.",
        f"{what} Its own words are in {log_path}.",
        "Read the end of that file, then start the engine again in Settings.",
    )
