"""Saving everything a provider keeps of past fine-tuning: resumable, with a list of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import FileInfo, JobState
from tunedesk.providers.archive_calls import ArchiveCalls, Raw
from tunedesk.providers.download import SavedFile
from tunedesk.providers.profiles import Profile
from tunedesk.services.project.folder_names import safe_name
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.rescue.importing import archive_of, data_files, take_in
from tunedesk.services.rescue.state import Missing, RescueState, Step, state_of
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.archive_folder import ArchiveFolder, Manifest, Saved, file_sizes

NOT_TO_BE_HAD = frozenset({"not_found", "gone", "forbidden", "refused"})
"""Codes of refusals that concern one thing alone; any other error stops the saving."""

_CALLS_PER_S = 8.0
_PAUSES_S = (1.0, 4.0)
"""Before a download that was cut is gone on with."""

Jobs = Sequence[tuple[JobState, Raw]]
Pause = Callable[[float], Awaitable[None]]


class Rescue:
    """One for each open project; everything is called on the loop's thread.

    `state` is told to subscribers whenever it changes. Nothing is changed at the provider.
    """

    def __init__(
        self, project: Project, providers: Providers, pause: Pause = asyncio.sleep
    ) -> None:
        self.state = RescueState()
        self._project, self._providers, self._pause = project, providers, pause
        self._subscribers: Subscribers[[]] = Subscribers()
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever `state` has changed; the answer ends that."""
        return self._subscribers.add(callback)

    def candidates(self) -> list[Profile]:
        """Whose fine-tuning can be saved: everyone with jobs, but for this computer."""
        return [one for one in self._providers.profiles() if one.trains and not one.is_local]

    def begin(self, provider_id: str) -> asyncio.Task[None]:
        """Save, or go on where it stopped; one at a time. Errors are in `state`."""
        if self._task is None or self._task.done():
            self._tell(RescueState(provider_id=provider_id, is_running=True))
            self._task = asyncio.create_task(self._run(provider_id))
        return self._task

    async def look(self, provider_id: str) -> None:
        """Show what earlier runs saved of this provider, as far as is known without asking it.

        Changes nothing while a run is under way. Raises TunedeskError.
        """
        folder = archive_of(self._project, provider_id)
        manifest = await self._project.background.run(folder.known)
        if not self.state.is_running and self.state.provider_id != provider_id:
            self._tell(state_of(provider_id, manifest))

    def pause(self) -> None:
        """Stop; what is saved stays, and `begin` goes on from there."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Stop and wait for the end."""
        self.pause()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, provider_id: str) -> None:
        try:
            await self._save(provider_id)
        except TunedeskError as error:
            self._change(stopped_by=error)
        finally:
            self._change(is_running=False)

    async def _save(self, provider_id: str) -> None:
        provider = await self._providers.get(provider_id)
        profile = provider.profile
        folder = archive_of(self._project, profile.id)
        work = self._project.background.run
        manifest = await work(folder.open, profile.name, profile.origin, self._project.clock())
        manifest.is_complete = False
        saver = _Saver(self, provider.archive, folder, manifest)
        jobs = await saver.lists()
        await saver.curves(jobs)
        await saver.files(jobs)
        await saver.write_manifest()
        taken = await take_in(self._project, provider_id, folder, manifest, jobs)
        manifest.is_complete = True
        await saver.write_manifest()
        self._change(n_datasets=taken.n_datasets, n_imported_jobs=taken.n_jobs)

    # ---- for the saver -------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        return self._project

    async def pace(self) -> None:
        """Before each call: a few a second, so that nobody has to ask for a pause."""
        await self._pause(1 / _CALLS_PER_S)

    async def pause_for(self, seconds: float) -> None:
        await self._pause(seconds)

    def _change(self, **changes: Any) -> None:
        self._tell(msgspec.structs.replace(self.state, **changes))

    def _tell(self, state: RescueState) -> None:
        self.state = state
        self._subscribers.tell()

    def show(self, manifest: Manifest, **steps: Step) -> None:
        """The state as the manifest has it, with the steps that changed."""
        missing = tuple(manifest.missing.values())
        self._change(n_bytes=file_sizes(manifest.saved), missing=missing, **steps)


class _Saver:
    """One run over everything."""

    def __init__(
        self, rescue: Rescue, archive: ArchiveCalls, folder: ArchiveFolder, manifest: Manifest
    ) -> None:
        self._rescue, self._archive = rescue, archive
        self._folder, self._manifest = folder, manifest
        self._work = rescue.project.background.run
        self._listed: list[FileInfo] = []

    async def lists(self) -> Jobs:
        """Jobs, models and files as lists. An error here stops everything: nothing is known."""
        await self._rescue.pace()
        jobs = await self._archive.jobs()
        for n_done, (job, raw) in enumerate(jobs, 1):
            await self._put(f"job/{job.id}", f"jobs/{_name(job.id)}/job.json", raw)
            self._rescue.show(self._manifest, jobs=Step(n_done, len(jobs)))
        self._rescue.show(self._manifest, jobs=Step(len(jobs), len(jobs)))
        await self._rescue.pace()
        await self._put("models", "models.json", [raw for _, raw in await self._archive.models()])
        await self._rescue.pace()
        files = await self._archive.files()
        self._listed = [info for info, _ in files]
        await self._put("files", "files.json", [raw for _, raw in files])
        await self.write_manifest()
        return jobs

    async def curves(self, jobs: Jobs) -> None:
        """Events and checkpoints of each job; those of a job that has ended are asked for once."""
        for n_done, (job, _) in enumerate(jobs):
            self._rescue.show(self._manifest, curves=Step(n_done, len(jobs)))
            base = f"jobs/{_name(job.id)}"
            for what, path, ask in (
                ("events", f"{base}/events.json", self._archive.events),
                ("checkpoints", f"{base}/checkpoints.json", self._archive.checkpoints),
            ):
                key = f"{what}/{job.id}"
                if job.is_terminal and await self._is_there(key):
                    continue
                await self._rescue.pace()
                try:
                    found = await ask(job.id)
                except TunedeskError as error:
                    self._miss(error, key, what, job.id)
                    continue
                await self._put(key, path, [raw for _, raw in found])
            await self.write_manifest()
        self._rescue.show(self._manifest, curves=Step(len(jobs), len(jobs)))

    async def files(self, jobs: Jobs) -> None:
        """Training and test files of all jobs, then their result files, then others' files."""
        names = {info.id: info.filename for info in self._listed}
        data = {info.id for info in self._listed if info.purpose == "fine-tune"}
        data |= {one for _, raw in jobs for one in data_files(raw)}
        results = {one for _, raw in jobs for one in raw.get("result_files") or ()}
        await self._download(sorted(data), names, "file", "files", "files")
        await self._download(sorted(results), names, "result", "results", "results")

    async def _download(
        self, ids: Sequence[str], names: dict[str, str], what: str, folder: str, step: str
    ) -> None:
        for n_done, file_id in enumerate(ids):
            self._rescue.show(self._manifest, **{step: Step(n_done, len(ids))})
            key = f"{what}/{file_id}"
            if await self._is_there(key):
                continue
            await self._rescue.pace()
            name = names.get(file_id, "")
            path = f"{folder}/{_name(file_id)}-{safe_name(name, fallback='file')}"
            target = await self._work(self._folder.place, path)
            try:
                got = await self._save(file_id, target)
            except TunedeskError as error:
                self._miss(error, key, what, file_id, name)
                continue
            self._keep(
                key, Saved(path=path, digest=got.digest, size_bytes=got.size_bytes, name=name)
            )
            await self.write_manifest()
        self._rescue.show(self._manifest, **{step: Step(len(ids), len(ids))})

    async def _save(self, file_id: str, target: Path) -> SavedFile:
        """Go on by itself where the connection was lost in the middle, a few times."""
        for pause_s in _PAUSES_S:
            try:
                return await self._archive.save(file_id, target)
            except TunedeskError as error:
                if error.code != "download_cut":
                    raise
            await self._rescue.pause_for(pause_s)
        return await self._archive.save(file_id, target)

    async def write_manifest(self) -> None:
        await self._work(self._folder.write, self._manifest)

    async def _is_there(self, key: str) -> bool:
        saved = self._manifest.saved.get(key)
        return saved is not None and await self._work(self._folder.is_whole, saved)

    async def _put(self, key: str, path: str, value: object) -> None:
        content = msgspec.json.format(msgspec.json.encode(value), indent=1)
        self._keep(key, await self._work(self._folder.put, path, content))

    def _keep(self, key: str, saved: Saved) -> None:
        self._manifest.saved[key] = saved
        self._manifest.missing.pop(key, None)

    def _miss(self, error: TunedeskError, key: str, what: str, id_: str, name: str = "") -> None:
        """Note what cannot be had; raises the error where more than this one thing is concerned."""
        if error.code not in NOT_TO_BE_HAD:
            raise error
        why = f"{error.title} {error.what}"
        self._manifest.missing[key] = Missing(what=what, id=id_, name=name, why=why)


def _name(id_: str) -> str:
    return safe_name(id_, fallback="unnamed")
