"""A shelf of base models that does as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import ModelInfo
from tunedesk.services.providers.model_shelf import AddedModel, AddProgress
from tunedesk.services.work.subscribers import Subscribers


def model(model_id: str, kind: str = "base") -> ModelInfo:
    return ModelInfo(id=model_id, owned_by="", created_at_s=1, kind=kind)  # type: ignore[arg-type]


class ScriptedShelf:
    """As a page sees `ModelShelf`: `add` waits until `finish` is called with what comes of it."""

    def __init__(self) -> None:
        self.progress: AddProgress | None = None
        self.models: Sequence[ModelInfo] = [model("smollm2-135m-instruct"), model("a", "tuned")]
        self.sources: list[Path] = []
        self.n_stops = 0
        self._result: asyncio.Future[AddedModel] | None = None
        self._subscribers: Subscribers[[]] = Subscribers()
        self.subscribe = self._subscribers.add

    async def here(self) -> Sequence[ModelInfo]:
        return self.models

    async def add(self, source: Path) -> AddedModel:
        self.sources.append(source)
        self._result = asyncio.get_running_loop().create_future()
        self.at(AddProgress(text=source.name))
        try:
            return await self._result
        finally:
            self.at(None)

    def at(self, progress: AddProgress | None) -> None:
        self.progress = progress
        self._subscribers.tell()

    def finish(self, outcome: AddedModel | TunedeskError) -> None:
        assert self._result is not None
        if isinstance(outcome, TunedeskError):
            self._result.set_exception(outcome)
        else:
            self._result.set_result(outcome)

    def stop(self) -> None:
        self.n_stops += 1
