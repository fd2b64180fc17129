"""Base models on this computer: which there are, and putting another among them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import ModelInfo
from tunedesk.providers.engine_add_model import AddedModel, AddModelProcess, AddProgress
from tunedesk.providers.profiles import LOCAL
from tunedesk.services.providers.directory import Providers
from tunedesk.services.work.background import Background
from tunedesk.services.work.subscribers import Subscribers

__all__ = ["AddProgress", "AddedModel", "ModelShelf"]

_SEEN_S = 30.0
_LOOK_EVERY_S = 0.25


class ModelShelf:
    """One for the app; everything is called on the loop's thread. One model is added at a time."""

    def __init__(
        self, providers: Providers, background: Background, data: Path, models: Path | None = None
    ) -> None:
        """`data` is the engine's folder; `models` overrides where its base models are."""
        self._providers, self._background = providers, background
        self._data, self._models = data, models
        self._process: AddModelProcess | None = None
        self._progress: AddProgress | None = None
        self._subscribers: Subscribers[[]] = Subscribers()

    @property
    def progress(self) -> AddProgress | None:
        """How far the model is that is being added; None if there is none."""
        return self._progress

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` whenever `progress` is another, and when a model was added; returns what
        ends it."""
        return self._subscribers.add(callback)

    async def here(self) -> Sequence[ModelInfo]:
        """Base and tuned models of the engine that runs; none while it does not."""
        if self._providers.engine.status.state != "ready":
            return ()
        try:
            return await (await self._providers.get(LOCAL)).models()
        except TunedeskError:
            return ()

    async def add(self, source: Path) -> AddedModel:
        """Check a Hugging Face folder or a GGUF file and take it over; it can be chosen then.

        Raises TunedeskError: "model_refused" with the reason, "already_adding", "stopped",
        "engine_missing".
        """
        if self._process is not None:
            raise TunedeskError(
                "already_adding",
                "A model is being added.",
                "One at a time: it may need most of the memory.",
                "Wait for it, or stop it.",
            )
        self._process = process = AddModelProcess(source, self._data, self._models)
        self._tell(AddProgress(text=f"{source.name} …"))
        loop = asyncio.get_running_loop()
        try:
            added = await self._background.run(
                process.run, lambda told: loop.call_soon_threadsafe(self._tell, told)
            )
            await self._wait_until_seen(added.name)
            return added
        finally:
            process.stop()
            self._process = None
            self._tell(None)

    def stop(self) -> None:
        """Give up the model that is being added; `add` raises "stopped" then."""
        if self._process is not None:
            self._process.stop()

    async def _wait_until_seen(self, name: str) -> None:
        """Until the engine lists it: it looks at a new folder by itself."""
        await self._providers.engine.start()
        for _ in range(round(_SEEN_S / _LOOK_EVERY_S)):
            if name in {model.id for model in await self.here()}:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _tell(self, progress: AddProgress | None) -> None:
        if progress is None or self._process is not None:
            self._progress = progress
            self._subscribers.tell()
