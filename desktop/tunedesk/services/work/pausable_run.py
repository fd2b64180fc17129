"""A long row of questions to providers that can be paused, stopped, and gone on with later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.services.work.subscribers import Subscribers

Pause = Callable[[float], Awaitable[None]]

_CLOSING_S = 3.0


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """`n_done` of `n_all` questions of this run.

    `is_pausing`: what is under way is still waited for. `waits_s`: a provider asked for a pause
    this long. `stopped_by`: why it stopped before the end; what is missing can be asked later.
    """

    is_running: bool = False
    is_pausing: bool = False
    n_done: int = 0
    n_all: int = 0
    waits_s: float | None = None
    stopped_by: TunedeskError | None = None


class Paused(Exception):  # noqa: N818 - not an error: the person wants to go on later
    """Nothing more is to be asked now."""


S = TypeVar("S", bound=RunState)


class PausableRun(Generic[S]):
    """What is asked, and in which order, is the heirs': they put the run into `_task`."""

    def __init__(self, state: S, pause: Pause) -> None:
        """`pause` waits so many seconds."""
        self.state = state
        self._pause_for = pause
        self._subscribers: Subscribers[[]] = Subscribers()
        self._task: asyncio.Task[None] | None = None
        self._waits: set[asyncio.Future[None]] = set()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever `state` has changed; the answer ends that."""
        return self._subscribers.add(callback)

    def pause(self) -> None:
        """Ask nothing more. What is under way may be paid for, and is waited for."""
        if self.state.is_running:
            self._change(is_pausing=True)
            for wait in self._waits:
                wait.cancel()

    def stop(self) -> None:
        """Stop at once; what is under way is kept as far as it came, and marked as cut off."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Stop; what ends within three seconds is kept whole."""
        if self._task is None:
            return
        self.pause()
        await asyncio.wait([self._task], timeout=_CLOSING_S)
        self.stop()
        await asyncio.gather(self._task, return_exceptions=True)

    def _stop_if_pausing(self) -> None:
        if self.state.is_pausing:
            raise Paused

    async def _wait(self, seconds: float, *, is_told: bool = True) -> None:
        """`pause` and `stop` end it early. `is_told`: the state says so meanwhile."""
        if is_told:
            self._change(waits_s=seconds)
        wait = asyncio.ensure_future(self._pause_for(seconds))
        self._waits.add(wait)
        try:
            await asyncio.wait([wait])
        finally:
            wait.cancel()
            self._waits.discard(wait)
            if is_told:
                self._change(waits_s=None)

    def _change(self, **changes: Any) -> None:
        self._tell(msgspec.structs.replace(self.state, **changes))

    def _tell(self, state: S) -> None:
        self.state = state
        self._subscribers.tell()
