"""An engine that is in the state the test gives it; a start makes it ready."""

from __future__ import annotations

from tunedesk.services.providers.local_engine import EngineStatus
from tunedesk.services.work.subscribers import Subscribers


class ScriptedEngine:
    """As a page sees `LocalEngine`."""

    def __init__(self) -> None:
        self.status = EngineStatus(state="starting")
        self.n_starts = self.n_fetches = 0
        self._subscribers: Subscribers[[EngineStatus]] = Subscribers()
        self.subscribe = self._subscribers.add

    def become(self, state: str, detail: str = "") -> None:
        self.status = EngineStatus(state=state, detail=detail)  # type: ignore[arg-type]
        self._subscribers.tell(self.status)

    async def start(self, *, fetches_model: bool = False) -> None:
        self.n_starts += 1
        self.n_fetches += fetches_model
        self.become("starting")
        self.become("ready")
