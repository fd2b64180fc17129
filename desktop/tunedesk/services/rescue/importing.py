"""What was saved, taken into the project: files as datasets, jobs as records with their curves."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent, JobState
from tunedesk.core.result_csv import read_results
from tunedesk.providers import wire
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.project.project import Project
from tunedesk.services.train.job_lookup import stage_of
from tunedesk.store.archive_folder import ArchiveFolder, Manifest, Saved, has_digest
from tunedesk.store.atomic import temporary_name
from tunedesk.store.ledger import Ledger
from tunedesk.store.os_errors import translated
from tunedesk.store.records import SAVED, JobRecord

Raw = Mapping[str, Any]


class Taken(NamedTuple):
    """How many datasets and jobs the project has of it, those of earlier runs included."""

    n_datasets: int
    n_jobs: int


def data_files(job: Raw) -> list[str]:
    """Ids of a job's training and test file."""
    return [job[key] for key in ("training_file", "validation_file") if job.get(key)]


def archive_of(project: Project, provider_id: str) -> ArchiveFolder:
    """Where a provider's fine-tuning is saved in a project."""
    name = safe_name(provider_id, fallback="provider")
    return ArchiveFolder(project.folder / "saved" / name)


def saved_ends(folder: ArchiveFolder) -> dict[str, str | None]:
    """Last days by model, as the provider's list had them when it was saved. TunedeskError if what
    was saved cannot be read."""
    manifest = folder.known()
    listed = _objects(folder, manifest, "models") if manifest is not None else []
    found = [info for info in map(wire.model_info, listed) if info is not None]
    return {info.id: info.shutdown_date for info in found}


def saved_files(folder: ArchiveFolder) -> dict[str, Saved]:
    """What was saved of a provider's files and lies there with all its bytes, by its id there.
    TunedeskError if the list of it cannot be read."""
    manifest = folder.known()
    saved = manifest.saved.items() if manifest is not None else ()
    found = {
        key.partition("/")[2]: one for key, one in saved if key.startswith(("file/", "result/"))
    }
    return {file_id: one for file_id, one in found.items() if folder.has_size(one)}


async def take_in(
    project: Project,
    provider_id: str,
    folder: ArchiveFolder,
    manifest: Manifest,
    jobs: Sequence[tuple[JobState, Raw]],
) -> Taken:
    """Take in what is not in the project yet; what was taken in stands in the manifest.

    The saved files stay as they are: a dataset is a copy, to be edited. What an earlier call that
    was cut short has taken in is found again. Raises TunedeskError.
    """
    used = {file_id for _, raw in jobs for file_id in data_files(raw)}
    trained = {raw.get("training_file") for _, raw in jobs}
    tests = {raw.get("validation_file") for _, raw in jobs} - trained
    for file_id in sorted(used):
        saved = manifest.saved.get(f"file/{file_id}")
        if saved is not None and f"file/{file_id}" not in manifest.imported:
            path = await project.background.run(_copied, project.folder, folder, saved)
            info = await project.add_dataset(path)
            if file_id in tests:
                await project.in_ledger(partial(_hold_out, dataset_id=info.id))
            manifest.imported[f"file/{file_id}"] = info.name
    known = await project.in_ledger(Ledger.jobs)
    own = {job.remote_id for job in known if not job.is_saved}
    elsewhere = {job.local_id for job in known if job.provider_id != provider_id}
    for state, raw in jobs:
        if state.id not in own and f"job/{state.id}" not in manifest.imported:
            record = await project.background.run(
                _record, provider_id, folder, manifest, state, raw
            )
            if record.local_id in elsewhere:  # of the same account under another profile
                local_id = f"{SAVED}{provider_id}-{state.id}"
                record = msgspec.structs.replace(record, local_id=local_id)
            await _write(project, folder, manifest, record, list(raw.get("result_files") or ()))
        manifest.imported[f"job/{state.id}"] = state.id
    keys = list(manifest.imported)
    return Taken(
        n_datasets=sum(key.startswith("file/") for key in keys),
        n_jobs=sum(key.startswith("job/") for key in keys),
    )


def _hold_out(ledger: Ledger, dataset_id: int) -> None:
    """Nothing was trained on these rows: all of them are for testing."""
    rule = msgspec.structs.replace(ledger.dataset_settings(dataset_id), test_share=1.0)
    ledger.set_dataset_settings(dataset_id, rule)


async def _write(
    project: Project,
    folder: ArchiveFolder,
    manifest: Manifest,
    record: JobRecord,
    results: Sequence[str],
) -> None:
    remote_id = str(record.remote_id)
    events = await project.background.run(_events, folder, manifest, remote_id, results)
    checkpoints = await project.background.run(_checkpoints, folder, manifest, remote_id)

    def write(ledger: Ledger) -> None:
        if all(record.local_id != known.local_id for known in ledger.jobs()):
            ledger.add_intent(record)
        ledger.add_events(record.local_id, events)
        ledger.set_checkpoints(record.local_id, checkpoints)

    await project.in_ledger(write)


def _copied(project_folder: Path, folder: ArchiveFolder, saved: Saved) -> Path:
    """A copy among the project's datasets, under the name it had; one that is there already."""
    name = safe_name(saved.name.removesuffix(".jsonl"), fallback="saved")
    datasets = project_folder / "datasets"
    with translated(datasets, "A saved file could not be taken into the project."):
        datasets.mkdir(parents=True, exist_ok=True)
        path = datasets / f"{name}.jsonl"
        if has_digest(path, saved.digest):
            return path
        path = free_path(datasets, name, ".jsonl")
        unfinished = temporary_name(path)
        shutil.copyfile(folder.folder / saved.path, unfinished)
        unfinished.replace(path)
    return path


def _record(
    provider_id: str, folder: ArchiveFolder, manifest: Manifest, state: JobState, raw: Raw
) -> JobRecord:
    train, test = (
        _rows(folder, manifest, raw.get(key)) for key in ("training_file", "validation_file")
    )
    suffix = raw.get("user_provided_suffix")
    finished_s = state.finished_at_s
    return JobRecord(
        local_id=f"{SAVED}{state.id}",
        name=suffix if isinstance(suffix, str) and suffix else state.id,
        provider_id=provider_id,
        base_model=state.model,
        created_at_ms=state.created_at_s * 1000,
        train_digest=train.digest,
        n_train=train.n_rows,
        held_out_digest=test.digest or None,
        n_held_out=test.n_rows,
        status=state.status,
        stage=stage_of(state.status, ""),
        remote_id=state.id,
        state=state,
        started_at_ms=state.created_at_s * 1000,
        finished_at_ms=finished_s * 1000 if finished_s else None,
    )


class _Rows(NamedTuple):
    digest: str
    n_rows: int


def _rows(folder: ArchiveFolder, manifest: Manifest, file_id: object) -> _Rows:
    saved = manifest.saved.get(f"file/{file_id}")
    if saved is None:
        return _Rows("", 0)
    try:
        content = folder.read(saved)
    except TunedeskError:
        return _Rows(saved.digest, 0)
    return _Rows(saved.digest, sum(bool(line.strip()) for line in content.split(b"\n")))


def _events(
    folder: ArchiveFolder, manifest: Manifest, job_id: str, results: Sequence[str]
) -> list[JobEvent]:
    """The saved events; where none of them has losses, those of the result files besides."""
    events = [wire.job_event(one) for one in _objects(folder, manifest, f"events/{job_id}")]
    if any(event.data and "train_loss" in event.data for event in events):
        return events
    at_s = max((event.created_at_s for event in events), default=0)
    saved = [
        manifest.saved[f"result/{one}"] for one in results if f"result/{one}" in manifest.saved
    ]
    steps = [numbers for one in saved for numbers in read_results(folder.read(one))]
    return events + [_metrics(numbers, at_s) for numbers in steps]


def _metrics(numbers: Mapping[str, float], at_s: int) -> JobEvent:
    step = int(numbers["step"])
    return JobEvent(
        id=f"results-{step}",
        created_at_s=at_s,
        level="info",
        message=f"Step {step}, from the result file",
        type="metrics",
        data={**numbers, "step": step},
    )


def _checkpoints(folder: ArchiveFolder, manifest: Manifest, job_id: str) -> list[Checkpoint]:
    found = map(wire.checkpoint, _objects(folder, manifest, f"checkpoints/{job_id}"))
    return [one for one in found if one is not None]


def _objects(folder: ArchiveFolder, manifest: Manifest, key: str) -> list[SimpleNamespace]:
    saved = manifest.saved.get(key)
    listed = msgspec.json.decode(folder.read(saved)) if saved else []
    return [SimpleNamespace(**one) for one in listed if isinstance(one, dict)]
