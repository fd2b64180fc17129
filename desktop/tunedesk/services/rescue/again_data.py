"""The rows of a saved job as one dataset, split as the job had them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobState
from tunedesk.core.rows import prompt_digest
from tunedesk.core.split import KEY_BYTES
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.services.rescue.importing import archive_of
from tunedesk.store.archive_folder import ArchiveFolder, Manifest, Saved
from tunedesk.store.atomic import write_atomically
from tunedesk.store.os_errors import translated
from tunedesk.store.records import SplitSide


class AgainData(NamedTuple):
    """`n_in_both`: prompts of both files; they are in train now. `method` is "" for supervised."""

    info: DatasetInfo
    method: str
    has_test: bool = False
    n_in_both: int = 0


class _Joined(NamedTuple):
    path: Path
    sides: dict[str, SplitSide]
    n_in_both: int


async def data_for(project: Project, provider_id: str, state: JobState) -> AgainData:
    """What the job learned from and was tested on; made once, then the same dataset each time.

    Without a test file it is the dataset that the training file became. Raises TunedeskError.
    """
    folder = archive_of(project, provider_id)
    work = project.background.run
    manifest = await work(folder.known)
    train = manifest.saved.get(f"file/{state.training_file}") if manifest is not None else None
    if manifest is None or train is None:
        raise _no_data()
    method = await work(_method, folder, manifest.saved.get(f"job/{state.id}"))
    test = manifest.saved.get(f"file/{state.validation_file}")
    if test is None:
        key = f"file/{state.training_file}"
        return AgainData(await _dataset(project, folder, manifest, key, train), method)
    key = f"pair/{state.training_file}/{state.validation_file}"
    known = await _known(project, manifest.imported.get(key))
    joined = await work(_join, project.folder / "datasets", folder, train, test, known)
    if known is None:
        known = await project.add_dataset(joined.path)
        made_id = known.id
        await project.in_ledger(lambda ledger: ledger.set_splits(made_id, joined.sides.items()))
        manifest.imported[key] = known.path.name
        await work(folder.write, manifest)
    return AgainData(known, method, has_test=True, n_in_both=joined.n_in_both)


def _method(folder: ArchiveFolder, saved: Saved | None) -> str:
    """How the job trained, by its own record: "dpo", "reinforcement"; "" for supervised."""
    job = msgspec.json.decode(folder.read(saved)) if saved is not None else {}
    method = job.get("method") if isinstance(job, dict) else None
    kind = method.get("type") if isinstance(method, dict) else None
    return kind if isinstance(kind, str) and kind != "supervised" else ""


async def _dataset(
    project: Project, folder: ArchiveFolder, manifest: Manifest, key: str, saved: Saved
) -> DatasetInfo:
    """What the training file became; made anew if it left the project meanwhile."""
    known = await _known(project, manifest.imported.get(key))
    if known is not None:
        return known
    content = await project.background.run(folder.read, saved)
    path = await project.background.run(
        _write, project.folder / "datasets", saved.name.removesuffix(".jsonl"), content
    )
    info = await project.add_dataset(path)
    manifest.imported[key] = info.name
    await project.background.run(folder.write, manifest)
    return info


async def _known(project: Project, name: str | None) -> DatasetInfo | None:
    """A dataset by the name of its file, if it is still in the project."""
    datasets = await project.datasets()
    return next((one for one in datasets if name and one.path.name == name), None)


def _join(
    datasets: Path, folder: ArchiveFolder, train: Saved, test: Saved, known: DatasetInfo | None
) -> _Joined:
    """Write the rows of both files, unless they are known; which prompt is on which side."""
    rows = list(_rows(folder.read(train)))
    test_rows = list(_rows(folder.read(test)))
    learned = {_key(row) for row in rows}
    tested = {_key(row) for row in test_rows}
    sides: dict[str, SplitSide] = dict.fromkeys(tested, "test")
    sides |= dict.fromkeys(learned, "train")
    if known is not None:
        return _Joined(known.path, sides, len(learned & tested))
    content = b"".join(row + b"\n" for row in rows + test_rows)
    stem = train.name.removesuffix(".jsonl")
    return _Joined(_write(datasets, f"{stem} with its test", content), sides, len(learned & tested))


def _rows(content: bytes) -> Iterator[bytes]:
    for line in content.removeprefix(codecs.BOM_UTF8).split(b"\n"):
        if line.strip():
            yield line.removesuffix(b"\r")


def _key(row: bytes) -> str:
    """As the ledger knows a prompt."""
    return prompt_digest(row)[: 2 * KEY_BYTES]


def _write(datasets: Path, stem: str, content: bytes) -> Path:
    with translated(datasets, "The saved rows could not be written."):
        datasets.mkdir(parents=True, exist_ok=True)
        path = free_path(datasets, safe_name(stem, fallback="saved"), ".jsonl")
        write_atomically(path, content)
    return path


def _no_data() -> TunedeskError:
    return TunedeskError(
        "again.no_data",
        "The training file of this job is not here.",
        "It could not be had from the provider when the job was saved.",
        "Save again, or open the file you have of it and start from there.",
    )
