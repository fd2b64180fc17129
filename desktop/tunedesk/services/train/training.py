"""Fine-tunes: whether one can start, starting it, watching it, coming back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import date
from typing import Any

import msgspec

from tunedesk.core.curves import curve_of, reading
from tunedesk.core.errors import TunedeskError
from tunedesk.core.retirement import told_end
from tunedesk.providers.profiles import Profile
from tunedesk.services.check.own_tokens import tokenizer_of
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.compare.voted_model import voted_model
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.rescue.importing import archive_of, saved_ends
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.cost_sheet import costs_of, trained_here
from tunedesk.services.train.costing import load_prices, measured_rate
from tunedesk.services.train.costing_types import CostSheet
from tunedesk.services.train.disk_and_memory import look_around, need_of, room_check
from tunedesk.services.train.early_checks import EarlyChecks, Tell, said_early
from tunedesk.services.train.job_files import JobFiles
from tunedesk.services.train.job_rows import JobRows
from tunedesk.services.train.job_samples import JobSamples
from tunedesk.services.train.monitor import Monitor
from tunedesk.services.train.plan_checks import resolved_for
from tunedesk.services.train.provider_reach import PATIENCE_S, Reach
from tunedesk.services.train.readiness import (
    Looked,
    engine_check,
    readiness_of,
    row_limit,
    with_closing,
)
from tunedesk.services.train.refusals import ClosingDates, day_of
from tunedesk.services.train.startable import made_at, startable
from tunedesk.services.train.starting import StartProgress, StartStage, cancelled
from tunedesk.services.train.submission import Submission
from tunedesk.services.train.training_types import (
    LOST,
    NOT_STARTED,
    SETTLED,
    UNKNOWN,
    BaseModel,
    FineTunePlan,
    JobView,
    ProviderChoice,
    Readiness,
    ReadyCheck,
    Steps,
)
from tunedesk.services.work.background import Background
from tunedesk.services.work.clock import Clock, wall_clock_ms
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord

__all__ = [
    "LOST",
    "NOT_STARTED",
    "SETTLED",
    "UNKNOWN",
    "BaseModel",
    "CostSheet",
    "FineTunePlan",
    "JobRecord",
    "JobView",
    "ProviderChoice",
    "Readiness",
    "ReadyCheck",
    "StartProgress",
    "StartStage",
    "Steps",
    "Training",
]

Rows = ChosenRows | DatasetSession

_FEW_EVENTS = 24
_FEW_ROWS = 32
_START_PATIENCE_S = 120.0  # longer than the client's own


class Training:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(
        self,
        project: Project,
        providers: Providers,
        background: Background,
        clock: Clock = wall_clock_ms,
    ) -> None:
        self._project = project
        self._providers = providers
        self._background = background
        self.files = JobFiles(project, providers, background)
        self.rows = JobRows(project)
        self.samples = JobSamples(project, providers)
        self._subscribers: Subscribers[[str]] = Subscribers()
        self._monitor = Monitor(project, providers, clock, self._subscribers.tell)
        self._ends_listening = (
            providers.subscribe(self._monitor.wake),
            providers.engine.subscribe(lambda _status: self._monitor.wake()),
        )
        self._starting: asyncio.Task[str] | None = None
        self._submission: Submission | None = None
        self._checking: asyncio.Task[Readiness] | None = None
        self._progress: StartProgress | None = None
        self._start_subscribers: Subscribers[[]] = Subscribers()
        self._closing = ClosingDates()
        self._reach = Reach(providers)
        self._contexts: dict[tuple[str, str], int | None] = {}
        self._ends: dict[str, dict[str, str | None]] = {}  # as providers told them, by model

    # ---- before --------------------------------------------------------------------------------

    def providers(self) -> list[ProviderChoice]:
        """Who can be asked now; those with chat alone are told apart."""
        return [
            ProviderChoice(
                id=p.id,
                name=p.name,
                note=p.note if p.preset != "other" else "",
                is_local=p.is_local,
                trains=p.trains,
                takes_rate=p.learning_rate == "absolute",
                is_engine=p.has_previews,
                last_day=self._closing.last_day(p),
            )
            for p in self._providers.profiles()
        ]

    async def read_ends(self) -> None:
        """Take the table of ends as it is now: it may have been edited."""
        self._closing = await self._background.run(ClosingDates)

    def without_key(self) -> list[str]:
        """Names of providers that cannot be asked before their key is entered."""
        known = {one.id for one in self._providers.profiles()}
        return [one.name for one in self._providers.book.all() if one.id not in known]

    async def base_models(self, provider_id: str) -> list[BaseModel]:
        """What one can start from: base models first, then tuned ones and checkpoints, the newest
        first. Raises TunedeskError."""
        provider = await self._providers.get(provider_id)
        told = await provider.models()
        self._contexts |= {(provider_id, one.id): one.context_tokens for one in told}
        self._ends[provider_id] = {one.id: one.shutdown_date for one in told}
        made = await self._project.in_ledger(lambda ledger: made_at(ledger, provider_id))
        return startable(told, made, provider.profile)

    def places(self) -> dict[str, str]:
        """Names by id of all in Settings, whether they can be asked now or not."""
        return {one.id: one.name for one in self._providers.book.all()}

    async def voted_base(self, session: DatasetSession) -> tuple[str, str] | None:
        """Provider and id of the tuned model that preference rows were voted on, if they were."""
        rows = [session.row(n) for n in range(min(_FEW_ROWS, len(session)))]
        found = await voted_model(self._project, rows)
        return (found.provider_id, found.model) if found is not None else None

    async def readiness(
        self, plan: FineTunePlan, rows: Rows, tell: Tell | None = None
    ) -> Readiness:
        """All checks of a plan; rows that were not looked at yet are checked first, and what is
        known meanwhile is told.

        Of a session its own train and test rows are meant. Rows that are alike are waited for
        where they can be on both sides of the split, a provider's answer for two seconds. Raises
        TunedeskError only if the rows cannot be read or the provider is unknown.
        """
        chosen = self._read_by_model(plan, rows)
        return await self._readiness(plan, chosen, PATIENCE_S, tell or _tell_nobody)

    def _limit(self, plan: FineTunePlan) -> int | None:
        profile = self._providers.profile(plan.provider_id)
        return row_limit(profile, self._contexts.get((profile.id, plan.base_model)))

    def _read_by_model(self, plan: FineTunePlan, rows: Rows) -> ChosenRows:
        """The rows as the plan's model reads them, whichever the dataset is for."""
        chosen, limit, model = _chosen(rows), self._limit(plan), plan.base_model
        if limit is None:
            return chosen.read_by(None)
        is_here = self._providers.profile(plan.provider_id).is_local
        tokenizer = tokenizer_of(self._providers.engine.models_folder, model) if is_here else None
        return chosen.read_by(
            LengthTarget(model=model, label=model, limit_tokens=limit, tokenizer=tokenizer)
        )

    async def _readiness(
        self, plan: FineTunePlan, chosen: ChosenRows, patience_s: float, tell: Tell
    ) -> Readiness:
        profile = self._providers.profile(plan.provider_id)
        limit = self._limit(plan)

        async def known(looked: Looked, place_s: float) -> Readiness:
            n_train = len(chosen.train.sendable.rows)
            place = await self._place(plan, chosen, profile, n_train, place_s)
            costs = await self._costs(plan, chosen, profile)
            return readiness_of(plan, chosen, profile, place, costs, limit, looked)

        def ask_place() -> Coroutine[Any, Any, ReadyCheck]:
            n_rows = len(chosen.train.session)
            return self._place(plan, chosen, profile, n_rows, patience_s)

        early = EarlyChecks(plan, chosen, profile, limit, tell)
        async with said_early(early, chosen, ask_place):
            for depth in ("rules", "tokens"):
                for session in chosen.sessions:
                    await session.check(upto=depth)
                if depth == "tokens":
                    await chosen.know_cuts()
                early.reached(depth)
            if chosen.is_own_split and chosen.train.session.counts().test:
                if early.is_begun:
                    early.reached("tokens", await known("tokens", 0.0))
                await chosen.train.session.check()
        await chosen.know_cuts()  # rows may have been edited meanwhile
        ready = await known("all", patience_s)
        await self.read_ends()
        return with_closing(ready, profile, self._closing.last_day(profile), self._today())

    async def _costs(self, plan: FineTunePlan, chosen: ChosenRows, profile: Profile) -> CostSheet:
        """From sessions whose tokens are counted."""
        prices = await self._background.run(load_prices)
        rate = await measured_rate(self._project, plan.base_model if profile.is_local else "")
        model = trained_here(plan, profile, rate)
        tokenizer = tokenizer_of(self._providers.engine.models_folder, model)
        times = await chosen.train.session.times_own(tokenizer)
        return await costs_of(plan, chosen, profile, self._background, prices, rate, times)

    async def _place(
        self,
        plan: FineTunePlan,
        chosen: ChosenRows,
        profile: Profile,
        n_train: int,
        patience_s: float,
    ) -> ReadyCheck:
        """The engine here with what is free, or a provider elsewhere with its key."""
        engine = self._providers.engine
        if stopped := engine_check(profile, engine.status):
            return stopped
        if not profile.is_local:
            return await self._reach.check(profile, patience_s)
        n_epochs = resolved_for(plan, profile, n_train).n_epochs
        need = need_of(plan.base_model, n_epochs, sum(one.size_bytes for one in chosen.sessions))
        return room_check(
            profile.name, await self._background.run(look_around, engine.folder), need
        )

    # ---- doing ---------------------------------------------------------------------------------

    async def start(self, plan: FineTunePlan, rows: Rows) -> str:
        """Start a fine-tune; returns its local id. It goes on even if nobody waits for it, as long
        as the sessions of `rows` are open.

        If the provider's answer is lost, the provider is asked for the job; what is known then is
        the job's status: its own, "not_started", or "unknown" until it can be asked. Raises
        TunedeskError if nothing was started: "not_ready", "already_starting", or the provider's
        refusal.
        """
        if self._starting is not None and not self._starting.done():
            raise TunedeskError(
                "already_starting",
                "A fine-tune is being started.",
                "The one before has not reached its provider yet.",
                "Wait a moment; it will be in the list.",
            )
        self._starting = asyncio.create_task(self._start(plan, self._read_by_model(plan, rows)))
        return await asyncio.shield(self._starting)

    @property
    def start_progress(self) -> StartProgress | None:
        """How far the start is that is under way, None if there is none."""
        return self._progress

    def subscribe_start(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` whenever `start_progress` is another; returns what ends it."""
        return self._start_subscribers.add(callback)

    async def cancel_start(self) -> None:
        """Give up the start that is under way; `start` then raises "start_cancelled". Does
        nothing once the job is asked for: then it is the job that can be cancelled. A check that
        the start waits for goes on without it."""
        if self._checking is not None:
            self._checking.cancel()
        if self._submission is not None:
            await self._submission.cancel()

    async def cancel(self, local_id: str) -> None:
        """Ask the provider to end a job. Raises TunedeskError if it refuses or is out of reach."""
        record = await self._project.in_ledger(lambda ledger: ledger.job(local_id))
        if record.remote_id is None:
            raise TunedeskError(
                "job_unknown",
                "This job cannot be cancelled yet.",
                "It is not known whether its provider has it.",
                "Tunedesk keeps asking; cancel it once it was found.",
            )
        provider = await self._providers.get(record.provider_id)
        await provider.cancel(record.remote_id)
        await self._monitor.look_now(local_id)

    async def pause(self, local_id: str, *, is_paused: bool) -> None:
        """Have a job wait, or go on. Raises TunedeskError if it is refused or out of reach."""
        record = await self._project.in_ledger(lambda ledger: ledger.job(local_id))
        if record.remote_id is not None:
            provider = await self._providers.get(record.provider_id)
            await provider.pause(record.remote_id, is_paused=is_paused)
            await self._monitor.look_now(local_id)

    async def keep_checkpoint(self, local_id: str, model: str, name: str) -> None:
        """Keep a checkpoint under a name; "" takes the mark away. It is told to subscribers."""

        def note(ledger: Ledger) -> None:
            if name:
                ledger.keep_checkpoint(local_id, model, name)
            else:
                ledger.release_checkpoint(local_id, model)

        await self._project.in_ledger(note)
        self._subscribers.tell(local_id)

    async def resume(self) -> None:
        """Watch every job of the ledger that has not ended; called once after opening."""
        for record in await self._project.in_ledger(Ledger.active_jobs):
            starting = self._submission.local_id if self._submission is not None else None
            if record.status not in SETTLED and record.local_id != starting:
                self._monitor.watch(record.local_id)

    # ---- watching ------------------------------------------------------------------------------

    async def jobs(self) -> list[JobRecord]:
        """Every fine-tune of the project, newest first."""
        return await self._project.in_ledger(Ledger.jobs)

    async def view(self, local_id: str) -> JobView:
        """One job with its curve, from the ledger. Raises KeyError for an unknown id."""
        view = await self._project.in_ledger(lambda ledger: _view(ledger, local_id))
        told = await self._told_end(view.record)
        try:
            profile = self._providers.profile(view.record.provider_id)
        except TunedeskError:  # taken out of Settings
            end = self._closing.end(view.record.base_model, told=told)
            return msgspec.structs.replace(view, base_end=end, place=view.record.provider_id)
        return msgspec.structs.replace(
            view,
            can_pause=profile.pause,
            is_free=profile.has_previews,
            base_end=self._closing.end(view.record.base_model, profile, told),
            place=profile.name,
            is_engine_off=profile.is_local and self._providers.engine.status.is_off,
            needs_key=not self._providers.can_ask(profile),
        )

    async def steps(self, local_ids: Collection[str]) -> dict[str, Steps]:
        """How far these jobs are, without all that `view` reads."""
        return await self._project.in_ledger(
            lambda ledger: {one: _steps(ledger, one) for one in local_ids}
        )

    def subscribe(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """`callback(local_id)` whenever the ledger knows more; returns what ends it."""
        return self._subscribers.add(callback)

    async def close(self) -> None:
        """Stop watching; the jobs go on. An upload is left where it is, to be gone on with; a
        job that is being asked for is waited for."""
        for end in self._ends_listening:
            end()
        self._subscribers.clear()
        self._start_subscribers.clear()
        if self._checking is not None:
            self._checking.cancel()
        if self._submission is not None:
            await self._submission.interrupt()
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._reach.close()
        await self._monitor.close()

    # ---- inner ---------------------------------------------------------------------------------

    async def _start(self, plan: FineTunePlan, chosen: ChosenRows) -> str:
        ready = await self._ready(plan, chosen)
        if not ready.can_start:
            raise _not_ready(ready)
        provider = await self._providers.get(plan.provider_id)

        def report(stage: StartStage, done_bytes: int, total_bytes: int) -> None:
            self._show_start(
                StartProgress(
                    name=plan.name.strip(),
                    provider_name=provider.profile.name,
                    stage=stage,
                    done_bytes=done_bytes,
                    total_bytes=total_bytes,
                )
            )

        submission = Submission(self._project, provider, plan, chosen, report, self._closing)
        self._submission = submission
        try:
            await submission.run()
        finally:
            self._submission = None
            self._show_start(None)
            self._subscribers.tell(submission.local_id)
        self._monitor.watch(submission.local_id)
        return submission.local_id

    async def _ready(self, plan: FineTunePlan, chosen: ChosenRows) -> Readiness:
        """As `readiness`, said and cancelled as a part of the start."""
        provider = self._providers.profile(plan.provider_id)

        def report() -> None:
            state = next((one.check_state for one in chosen.sessions if one.check_state), None)
            if state is not None:
                self._show_start(
                    StartProgress(
                        name=plan.name.strip(),
                        provider_name=provider.name,
                        stage=StartStage.CHECKING,
                        check=state,
                    )
                )

        unsubscribes = [session.subscribe(report) for session in chosen.sessions]
        self._checking = asyncio.create_task(
            self._readiness(plan, chosen, _START_PATIENCE_S, _tell_nobody)
        )
        report()
        try:
            return await self._checking
        except asyncio.CancelledError:
            raise cancelled() from None
        finally:
            self._checking = None
            for unsubscribe in unsubscribes:
                unsubscribe()
            self._show_start(None)

    async def _told_end(self, record: JobRecord) -> str | None:
        """What the provider said of the base's end: now, or when a saved job was saved."""
        known = self._ends.get(record.provider_id)
        if known is None and record.is_saved:
            archive = archive_of(self._project, record.provider_id)
            known = await self._background.run(saved_ends, archive)
            self._ends[record.provider_id] = known
        return told_end(known or {}, record.base_model)

    def _today(self) -> date:
        return day_of(self._project.clock())

    def _show_start(self, progress: StartProgress | None) -> None:
        self._progress = progress
        self._start_subscribers.tell()


def _tell_nobody(_checks: Sequence[ReadyCheck], _numbers: Readiness | None) -> None:
    """Where only the answer counts."""


def _chosen(rows: Rows) -> ChosenRows:
    return rows if isinstance(rows, ChosenRows) else ChosenRows.of(rows)


def _view(ledger: Ledger, local_id: str) -> JobView:
    events = ledger.events(local_id)
    checkpoints = ledger.checkpoints(local_id)
    curve = curve_of(events, checkpoints)
    return JobView(
        record=ledger.job(local_id),
        events=events,
        curve=curve,
        checkpoints=checkpoints,
        reading=reading(curve),
        kept=ledger.kept_checkpoints(local_id),
    )


def _steps(ledger: Ledger, local_id: str) -> Steps:
    curve = curve_of(ledger.newest_events(local_id, _FEW_EVENTS), ledger.checkpoints(local_id))
    return Steps(max((step for step, _ in curve.train), default=0), curve.total_steps)


def _not_ready(ready: Readiness) -> TunedeskError:
    codes = [check.code for check in ready.checks if check.level in ("error", "busy")]
    return TunedeskError(
        "not_ready",
        "The fine-tune cannot start yet.",
        f"Not fulfilled: {', '.join(codes)}.",
        "Mend what the card names, then start again.",
    )
