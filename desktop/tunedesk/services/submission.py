"""Starting a fine-tune: snapshot, upload, intent, one request, id. Never two jobs."""

from __future__ import annotations

import re
import uuid

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobRequest, JobState
from tunedesk.providers.base import Provider
from tunedesk.providers.job_body import job_body
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.job_lookup import TAG, look_up, not_started, stage_of, unknown
from tunedesk.services.project import Project
from tunedesk.services.snapshots import freeze
from tunedesk.services.training_types import NOT_STARTED, FineTunePlan
from tunedesk.store.records import JobChanges, JobRecord, SnapshotRecord

_MAX_SUFFIX = 40


class Submission:
    """One start. `run` leaves the ledger true at every point where it can be cut off."""

    def __init__(
        self,
        project: Project,
        provider: Provider,
        plan: FineTunePlan,
        session: DatasetSession,
    ) -> None:
        self.local_id = uuid.uuid4().hex
        self._project = project
        self._provider = provider
        self._plan = plan
        self._session = session
        self._reused: set[str] = set()

    async def run(self) -> str:
        """Returns the local id, once the ledger says what became of the request.

        Raises TunedeskError if nothing was started: a refusal is also noted with the job.
        """
        train = await freeze(self._project, self._session, self._session.sendable("train").rows)
        test_rows = self._session.sendable("test").rows
        test = await freeze(self._project, self._session, test_rows) if test_rows else None
        request = await self._request(train, test)
        await self._write_intent(request, train, test)
        try:
            state = await self._create(request, train, test)
        except TunedeskError as error:
            if error.code != "reply_lost":
                await self._note({"status": NOT_STARTED, "error": f"{error.title} {error.what}"})
                raise
            await self._note(await self._after_silence(error))
        else:
            await self._note(adopted(state))
        return self.local_id

    async def _request(self, train: SnapshotRecord, test: SnapshotRecord | None) -> JobRequest:
        return JobRequest(
            model=self._plan.base_model,
            training_file=await self._upload(train),
            validation_file=await self._upload(test) if test is not None else None,
            suffix=suffix_of(self._plan.name),
            seed=self._plan.seed,
            hyperparameters=self._plan.hyperparameters,
            metadata={TAG: self.local_id},
        )

    async def _upload(self, snapshot: SnapshotRecord) -> str:
        """Once for each digest and provider."""
        provider_id, digest = self._provider.profile.id, snapshot.digest
        known = await self._project.in_ledger(lambda ledger: ledger.upload_of(digest, provider_id))
        if known is not None:
            self._reused.add(digest)
            return known
        sent = await self._provider.upload(snapshot.path)
        await self._project.in_ledger(
            lambda ledger: ledger.set_upload(digest, provider_id, sent.id)
        )
        return sent.id

    async def _write_intent(
        self, request: JobRequest, train: SnapshotRecord, test: SnapshotRecord | None
    ) -> None:
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

    async def _create(
        self, request: JobRequest, train: SnapshotRecord, test: SnapshotRecord | None
    ) -> JobState:
        """One request; a second only after the first was refused over a file that is gone."""
        try:
            return await self._provider.create_job(request)
        except TunedeskError as error:
            if error.code not in ("refused", "not_found") or not self._reused:
                raise
        await self._forget_uploads()
        again = await self._request(train, test)
        await self._note({"request": job_body(again, self._provider.profile)})
        return await self._provider.create_job(again)

    async def _forget_uploads(self) -> None:
        provider_id, digests = self._provider.profile.id, sorted(self._reused)
        self._reused.clear()
        for digest in digests:
            await self._project.in_ledger(
                lambda ledger, digest=digest: ledger.set_upload(digest, provider_id, None)  # type: ignore[misc]
            )

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
