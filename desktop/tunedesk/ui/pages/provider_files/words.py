"""What is said of a file at a provider, in the window's language."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from tunedesk.services.providers.files import FileUse, Loss, ProviderFile
from tunedesk.ui.words import day, size


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProviderFiles", text)


def use_words(file: ProviderFile) -> str:
    """The dataset it is from, and the jobs that have to do with it, this project's first."""
    uses = sorted(file.used_by, key=lambda use: not use.is_ours)
    jobs = ", ".join(_use(use) for use in uses) or _tr("no job")
    return f"{file.dataset} · {jobs}" if file.dataset else jobs


def _use(use: FileUse) -> str:
    parts = {"train": _tr("train"), "test": _tr("test"), "result": _tr("result")}
    words = _tr("{job}, running ({part})") if use.is_active else _tr("{job} ({part})")
    return words.format(job=use.name, part=parts[use.part])


def digest_words(file: ProviderFile) -> str:
    """Whether this project has the same bytes."""
    return file.snapshot[:12] if file.snapshot is not None else _tr("unknown")


def date_of(file: ProviderFile, now_ms: int) -> str:
    """The day it came there, where the provider tells one."""
    return day(now_ms - file.age_ms, now_ms) if file.age_ms is not None else _tr("unknown")


def name_of(file: ProviderFile) -> str:
    """Its name there; its id if it has none."""
    return file.info.filename or file.info.id


def all_words(files: Sequence[ProviderFile]) -> str:
    """How many there are and how much room they take."""
    total = size(sum(file.info.size_bytes for file in files))
    if len(files) == 1:
        return _tr("1 file, {size}").format(size=total)
    return _tr("{n} files, {size}").format(n=f"{len(files):,}", size=total)


def loss_words(file: ProviderFile) -> str:
    """What deleting takes away, as sentences."""
    said = {
        Loss.JOB_RUNS: _tr("A job that has not ended reads it, and may fail."),
        Loss.RESULTS: _tr("It holds a job's results; a curve that is in this project stays."),
        Loss.ONLY_COPY: _tr("This project has no copy: what is in it may be gone for good."),
    }
    losses = file.losses
    found = [said[loss] for loss in losses]
    if Loss.ONLY_COPY not in losses:
        found.append(_tr("This project keeps the same bytes and sends them anew when needed."))
    return " ".join(found)


def tip(file: ProviderFile) -> str:
    """All that is known, a line each."""
    lines = [f"{name_of(file)} · {file.info.id}", use_words(file)]
    lines.append(
        _tr("Same as this project's snapshot {digest}").format(digest=file.snapshot)
        if file.snapshot is not None
        else _tr("Not known to be this project's: no digest of ours names it.")
    )
    if file.info.status_details:
        lines.append(file.info.status_details)
    return "\n".join(lines)
