"""Watching jobs: one task each, at most one look an interval, only what is new is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobState
from tunedesk.providers.base import Provider
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.job_lookup import look_up, not_started, stage_of
from tunedesk.services.train.submission import adopted
from tunedesk.services.train.training_types import LOST, SETTLED
from tunedesk.services.work.clock import Clock
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobChanges, JobRecord

MAX_PAUSE_S = 30.0
AT_ONCE = 3
"""Looks at one provider: many jobs that come back after a night ask one after another."""

_SPREAD = 0.618  # of an interval, from one job to the next: never all of them in one moment

T = TypeVar("T")


class Monitor:
    """`changed(local_id)` is called on the loop's thread whenever the ledger knows more."""

    def __init__(
        self,
        project: Project,
        providers: Providers,
        clock: Clock,
        changed: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`sleep` waits so many seconds, whatever the clock says meanwhile."""
        self._sleep = sleep
        self._project = project
        self._providers = providers
        self._clock = clock
        self._changed = changed
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places: dict[str, asyncio.Semaphore] = {}
        self._resting: set[asyncio.Future[None]] = set()

    def watch(self, local_id: str) -> None:
        """Begin to watch a job; one that is watched already is left alone."""
        running = self._tasks.get(local_id)
        if running is None or running.done():
            later = len(self._tasks) * _SPREAD % 1
            self._tasks[local_id] = asyncio.create_task(self._watch(local_id, later))

    async def close(self) -> None:
        """Stop watching; the jobs go on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """A provider, a key or the engine is another: no job waits longer for its next look."""
        for rest in self._resting:
            rest.cancel()
        for local_id, task in self._tasks.items():
            if not task.done():
                self._changed(local_id)

    async def look_now(self, local_id: str) -> None:
        """One look out of turn. Raises TunedeskError if the provider cannot be asked."""
        record = await self._in(lambda ledger: ledger.job(local_id))
        await self._look(record, await self._known_events(local_id))

    async def _watch(self, local_id: str, later: float) -> None:
        """The first pause is `later` of an interval longer."""
        n_failures = 0
        known = await self._known_events(local_id)
        while True:
            record = await self._in(lambda ledger: ledger.job(local_id))
            if record.status in SETTLED:
                return
            try:
                async with self._place(record.provider_id):
                    status = await self._look(record, known)
                if status in SETTLED:
                    return
                n_failures = 0
            except TunedeskError as error:
                n_failures += 1
                await self._note_failure(record, error)
            except Exception as error:  # a mistake of ours: said once, and the job stays watched
                n_failures += 1
                if n_failures == 1:
                    told = {"message": f"watching {local_id}", "exception": error}
                    asyncio.get_running_loop().call_exception_handler(told)
            pause_s = self._pause_s(record, n_failures)
            pause_s, later = pause_s * (1 + later), 0.0
            await self._rest(pause_s)

    async def _rest(self, pause_s: float) -> None:
        rest = asyncio.ensure_future(self._sleep(pause_s))
        self._resting.add(rest)
        try:
            await asyncio.wait({rest})
        finally:
            self._resting.discard(rest)
            rest.cancel()

    def _place(self, provider_id: str) -> asyncio.Semaphore:
        return self._places.setdefault(provider_id, asyncio.Semaphore(AT_ONCE))

    async def _known_events(self, local_id: str) -> set[str]:
        return {event.id for event in await self._in(lambda ledger: ledger.events(local_id))}

    def _pause_s(self, record: JobRecord, n_failures: int) -> float:
        """Doubled with each failure in a row, counted in time that no clock change touches."""
        try:
            every_s = self._providers.profile(record.provider_id).poll_s
        except TunedeskError:
            return MAX_PAUSE_S
        doubled_s: float = every_s * 2 ** min(n_failures, 10)
        return min(doubled_s, max(MAX_PAUSE_S, every_s))

    async def _look(self, record: JobRecord, known: set[str]) -> str:
        """Ask, write what is new, and return the status."""
        provider = await self._providers.get(record.provider_id)
        if record.remote_id is None:
            found = await look_up(provider, record.local_id)
            changes = adopted(found) if found else not_started(provider.profile.name)
            await self._write(record, changes)
            return changes["status"]
        state = await provider.job(record.remote_id, once=True)
        # After the state: an event that came before the end is never missed.
        events = await provider.events(record.remote_id, known=known)
        n_new = await self._in(lambda ledger: ledger.add_events(record.local_id, events))
        known.update(event.id for event in events)
        has_more = await self._look_at_checkpoints(
            record, provider, bool(n_new or state.is_terminal)
        )
        changes = self._changes(record, state)
        if changes:
            await self._write(record, changes)
        elif n_new or has_more:
            self._changed(record.local_id)
        return state.status

    async def _look_at_checkpoints(
        self, record: JobRecord, provider: Provider, is_due: bool
    ) -> bool:
        """Whether there are new ones. Asked for when something happened, and each time where the
        losses come with them."""
        profile = provider.profile
        in_them = profile.metrics_in == "checkpoints"
        if not profile.checkpoints or not (is_due or in_them) or record.remote_id is None:
            return False
        found = await provider.checkpoints(record.remote_id)
        return await self._in(lambda ledger: ledger.set_checkpoints(record.local_id, found))

    def _changes(self, record: JobRecord, state: JobState) -> JobChanges:
        """What is new; empty if nothing is."""
        if state == record.state and record.error is None and record.status == state.status:
            return {}
        changes: JobChanges = {
            "status": state.status,
            "stage": stage_of(state.status, record.stage),
            "state": state,
            "error": None,
        }
        if record.started_at_ms is None and changes["stage"] == "training":
            changes["started_at_ms"] = self._clock()
        if state.is_terminal and record.finished_at_ms is None:
            at_s = state.finished_at_s
            changes["finished_at_ms"] = at_s * 1000 if at_s else self._clock()
        return changes

    async def _note_failure(self, record: JobRecord, error: TunedeskError) -> None:
        if error.code == "not_found" and record.remote_id is not None:
            await self._write(record, self._lost(record))
            return
        words = f"{error.title} {error.what}"
        if record.error != words:
            await self._write(record, {"error": words})

    def _lost(self, record: JobRecord) -> JobChanges:
        name = self._providers.profile(record.provider_id).name
        return {
            "status": LOST,
            "error": f"{name}: this job is not known there any more. What was seen of it is kept "
            "here; a model it made may be gone with it.",
            "finished_at_ms": self._clock(),
        }

    async def _write(self, record: JobRecord, changes: JobChanges) -> None:
        await self._in(lambda ledger: ledger.update_job(record.local_id, **changes))
        self._changed(record.local_id)

    async def _in(self, work: Callable[[Ledger], T]) -> T:
        return await self._project.in_ledger(work)
