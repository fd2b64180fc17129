"""Starting a fine-tune: snapshot, upload, intent, one request, id. Never two jobs."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import NamedTuple

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobRequest, JobState
from tunedesk.providers.base import Provider
from tunedesk.providers.job_body import job_body
from tunedesk.services.project.project import Project
from tunedesk.services.train.chosen_rows import ChosenRows, RowsPart
from tunedesk.services.train.job_lookup import TAG, look_up, not_started, stage_of, unknown
from tunedesk.services.train.refusals import ClosingDates, day_of, explained
from tunedesk.services.train.snapshots import freeze
from tunedesk.services.train.starting import Report, StartStage, cancelled
from tunedesk.services.train.training_types import NOT_STARTED, FineTunePlan
from tunedesk.services.train.uploading import Uploading
from tunedesk.store.records import JobChanges, JobRecord, SnapshotRecord

_MAX_SUFFIX = 40


class _Prepared(NamedTuple):
    """All that is needed for the one request that costs money."""

    request: JobRequest
    train: SnapshotRecord
    test: SnapshotRecord | None


class Submission:
    """One start. `run` leaves the ledger true at every point where it can be cut off."""

    def __init__(
        self,
        project: Project,
        provider: Provider,
        plan: FineTunePlan,
        chosen: ChosenRows,
        report: Report = lambda *_: None,
        closing: ClosingDates | None = None,
    ) -> None:
        self.local_id = uuid.uuid4().hex
        self._report = report
        self._closing = closing or ClosingDates()
        self._uploading = Uploading(project, provider, report)
        self._preparing: asyncio.Task[_Prepared] | None = None
        self._project = project
        self._provider = provider
        self._plan = plan
        self._chosen = chosen

    async def run(self) -> str:
        """Returns the local id, once the ledger says what became of the request.

        Raises TunedeskError if nothing was started: a refusal is also noted with the job;
        "start_cancelled" after `cancel`.
        """
        self._preparing = asyncio.create_task(self._prepare())
        try:
            prepared = await self._preparing
        except asyncio.CancelledError:
            raise cancelled() from None
        finally:
            self._preparing = None
        self._report(StartStage.CREATING, 0, 0)
        await self._write_intent(prepared)
        try:
            state = await self._provider.create_job(prepared.request)
        except TunedeskError as error:
            if error.code != "reply_lost":
                told = self._explained(error)
                words = f"{told.title} {told.what} {told.next_step}"
                await self._note({"status": NOT_STARTED, "error": words})
                raise told from error
            await self._note(await self._after_silence(error))
        else:
            await self._note(adopted(state))
        return self.local_id

    async def cancel(self) -> None:
        """Give the start up and what was sent in part, if no job was asked for yet."""
        if await self.interrupt():
            await self._uploading.abandon()

    async def interrupt(self) -> bool:
        """Stop as if the app had ended: what was sent in part is kept. Whether that was possible;
        once a job is asked for it is not."""
        preparing = self._preparing
        if preparing is None:
            return False
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        return preparing.cancelled()

    async def _prepare(self) -> _Prepared:
        self._report(StartStage.FREEZING, 0, 0)
        train = await self._frozen(self._chosen.train)
        has_test = bool(self._chosen.sendable_test.rows)
        test = await self._frozen(self._chosen.test) if self._chosen.test and has_test else None
        request = JobRequest(
            model=self._plan.base_model,
            training_file=await self._uploading.file_of(train),
            validation_file=await self._uploading.file_of(test) if test is not None else None,
            suffix=suffix_of(self._plan.name),
            seed=self._plan.seed,
            method=self._plan.method,
            hyperparameters=self._plan.hyperparameters,
            metadata={TAG: self.local_id},
        )
        return _Prepared(request, train, test)

    async def _frozen(self, part: RowsPart) -> SnapshotRecord:
        await part.know_cuts()  # rows may have been edited since the plan was checked
        return await freeze(self._project, part.session, part.sendable.rows)

    async def _write_intent(self, prepared: _Prepared) -> None:
        request, train, test = prepared
        record = JobRecord(
            local_id=self.local_id,
            name=self._plan.name.strip(),
            provider_id=self._provider.profile.id,
            base_model=self._plan.base_model,
            created_at_ms=self._project.clock(),
            train_digest=train.digest,
            n_train=train.n_rows,
            held_out_digest=test.digest if test is not None else None,
            n_held_out=test.n_rows if test is not None else 0,
            stage="uploaded",
            request=job_body(request, self._provider.profile),
        )
        await self._project.in_ledger(lambda ledger: ledger.add_intent(record))

    def _explained(self, error: TunedeskError) -> TunedeskError:
        profile, today = self._provider.profile, day_of(self._project.clock())
        return explained(error, profile, self._closing.last_day(profile), today)

    async def _after_silence(self, lost: TunedeskError) -> JobChanges:
        try:
            found = await look_up(self._provider, self.local_id)
        except TunedeskError:
            return unknown(lost)
        return adopted(found) if found else not_started(self._provider.profile.name)

    async def _note(self, changes: JobChanges) -> None:
        await self._project.in_ledger(lambda ledger: ledger.update_job(self.local_id, **changes))


def adopted(state: JobState) -> JobChanges:
    """What the ledger is told once the provider's job is known."""
    return {
        "remote_id": state.id,
        "status": state.status,
        "stage": stage_of(state.status, "queued"),
        "state": state,
        "error": None,
    }


def suffix_of(name: str) -> str | None:
    """A fine-tune's name as the part of a model id; None if nothing of it can be used."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:_MAX_SUFFIX].strip("-")
    return slug or None
