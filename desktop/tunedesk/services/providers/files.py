"""What lies at a provider: each file with its size, age and use, and deleting one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import FileInfo, JobState
from tunedesk.providers.base import Provider
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.rescue.importing import archive_of, saved_files
from tunedesk.store.archive_folder import Saved
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord


class Loss(StrEnum):
    """What deleting a file takes away; the window words it."""

    JOB_RUNS = "job_runs"
    """A job that has not ended reads it and may fail."""

    RESULTS = "results"
    """It holds a job's results; the curve in the ledger stays."""

    ONLY_COPY = "only_copy"
    """Nothing in this project holds the same bytes: they may be gone for good."""


Part = Literal["train", "test", "result"]


class FileUse(msgspec.Struct, frozen=True, kw_only=True):
    """A job that has to do with a file. `name` is the job's here, or its id at the provider if it
    is not of this project (`is_ours`); `part` is what the file is to it."""

    name: str
    is_active: bool
    is_ours: bool = False
    part: Part = "train"


class ProviderFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file at a provider. `snapshot` is the digest of the same bytes in this project, which it
    was made from or saved as, None if there are none, and `dataset` the name of the one its rows
    are from; `age_ms` is None where the provider tells no date."""

    info: FileInfo
    age_ms: int | None
    snapshot: str | None
    used_by: Sequence[FileUse]
    dataset: str = ""

    @property
    def losses(self) -> list[Loss]:
        """What deleting it would take away."""
        found = [Loss.JOB_RUNS] if any(use.is_active for use in self.used_by) else []
        if any(use.part == "result" for use in self.used_by) or self.info.purpose.endswith(
            "results"
        ):
            found.append(Loss.RESULTS)
        return found if self.snapshot is not None else [*found, Loss.ONLY_COPY]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A provider whose files can be asked for."""

    id: str
    name: str


class ProviderFiles:
    """One for each open project."""

    def __init__(self, project: Project, providers: Providers) -> None:
        self._project = project
        self._providers = providers

    def places(self) -> Sequence[Place]:
        """Every provider there is; those with chat alone may have no files."""
        return [Place(id=one.id, name=one.name) for one in self._providers.profiles()]

    async def list(self, provider_id: str) -> list[ProviderFile]:
        """Every file there, newest first. Raises TunedeskError if the list cannot be had.

        Jobs of this project and those that the provider lists count as uses.
        """
        provider = await self._providers.get(provider_id)
        infos = sorted(await provider.files.all(), key=lambda one: one.created_at_s, reverse=True)
        remote = await _jobs_of(provider)
        known = await self._project.in_ledger(lambda ledger: _known(ledger, provider_id))
        archive = archive_of(self._project, provider_id)
        saved = await self._project.background.run(saved_files, archive)
        now_ms = self._project.clock()
        return [_file(info, known, saved, remote, now_ms) for info in infos]

    async def delete(self, provider_id: str, file_id: str) -> None:
        """Delete it there, for good, and forget that it was there. One that is gone already is no
        error. Raises TunedeskError."""
        provider = await self._providers.get(provider_id)
        try:
            await provider.files.delete(file_id)
        except TunedeskError as error:
            if error.code not in ("not_found", "gone"):
                raise
        await self._project.in_ledger(lambda ledger: ledger.forget_file(provider_id, file_id))


async def _jobs_of(provider: Provider) -> list[JobState]:
    """Every job there; none if it has no list of them."""
    try:
        return await provider.find_jobs({})
    except TunedeskError:
        return []


class _Known(NamedTuple):
    """The jobs at a provider, the snapshots that were sent there by file id, and by digest the
    name of the dataset each is from."""

    jobs: list[JobRecord]
    uploads: dict[str, str]
    datasets: dict[str, str]


def _known(ledger: Ledger, provider_id: str) -> _Known:
    uploads = ledger.uploads_at(provider_id)
    snapshots = (ledger.snapshot(digest) for digest in set(uploads.values()))
    datasets = {one.digest: one.dataset for one in snapshots if one is not None}
    jobs = [job for job in ledger.jobs() if job.provider_id == provider_id]
    return _Known(jobs, uploads, datasets)


def _file(
    info: FileInfo,
    known: _Known,
    saved: Mapping[str, Saved],
    remote: Sequence[JobState],
    now_ms: int,
) -> ProviderFile:
    digest = known.uploads.get(info.id) or _named(info, set(known.uploads.values()))
    if digest is None and info.id in saved:
        digest = saved[info.id].digest
    return ProviderFile(
        info=info,
        age_ms=max(0, now_ms - info.created_at_s * 1000) if info.created_at_s else None,
        snapshot=digest,
        used_by=_uses(info.id, known.jobs, remote),
        dataset=known.datasets.get(digest or "", ""),
    )


def _named(info: FileInfo, digests: set[str]) -> str | None:
    """A copy of one of ours: snapshots are sent under the name of their digest."""
    digest = info.filename.removesuffix(".jsonl")
    return digest if digest in digests else None


def _uses(file_id: str, records: Sequence[JobRecord], remote: Sequence[JobState]) -> list[FileUse]:
    ours = {record.remote_id for record in records}
    found = [
        FileUse(
            name=record.name,
            is_active=record.is_active and record.remote_id is not None,
            is_ours=True,
            part=part,
        )
        for record in records
        if (part := _part_of(record, file_id)) is not None
    ]
    return found + [
        FileUse(name=job.id, is_active=not job.is_terminal, part=part)
        for job in remote
        if job.id not in ours and (part := _part_in(job, file_id)) is not None
    ]


def _part_of(record: JobRecord, file_id: str) -> Part | None:
    """By a job's request, and by its last state."""
    asked: Mapping[str, Part] = {"training_file": "train", "validation_file": "test"}
    by_request = (part for name, part in asked.items() if record.request.get(name) == file_id)
    in_state = _part_in(record.state, file_id) if record.state is not None else None
    return next(by_request, in_state)


def _part_in(job: JobState, file_id: str) -> Part | None:
    if file_id == job.training_file:
        return "train"
    if file_id == job.validation_file:
        return "test"
    return "result" if file_id in job.result_files else None
