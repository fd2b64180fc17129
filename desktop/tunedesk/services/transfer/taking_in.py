"""An import carried out to its end: files named, or rows handed over to be added."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import msgspec

from tunedesk.core.formats.looking import Action
from tunedesk.core.rows import Format
from tunedesk.services.dataset.file_differences import read_rows
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.transfer.import_types import ImportPlan, ImportReport
from tunedesk.services.transfer.import_work import stem_of
from tunedesk.services.transfer.importing import Importing
from tunedesk.services.work.apart import Progress, to_the_end
from tunedesk.services.work.background import Background

_KINDS = tuple(f".{kind}" for kind in Format)


class RowsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """`n_other` rows are of another format and were left where they are."""

    rows: list[bytes]
    n_other: int
    report: ImportReport


class TakingIn:
    """`folder` is where the project keeps its datasets."""

    def __init__(self, background: Background, importing: Importing, folder: Path) -> None:
        self._background, self._importing, self.folder = background, importing, folder

    async def as_datasets(
        self, plan: ImportPlan, name: str, progress: Progress | None = None
    ) -> ImportReport:
        """New files, called after `name` where they are of one source. As `Importing.carry_out`."""
        await self._background.run(_make, self.folder)
        report = await self._importing.carry_out(plan, self.folder, progress)
        usable = [file for file in plan.files if file.look.action is not Action.NOTHING]
        if not name.strip() or (len(usable) > 1 and not plan.merges):
            return report
        stem = stem_of(plan.source if plan.merges else usable[0].path)
        named = [
            found
            if found.is_source
            else msgspec.structs.replace(
                found,
                path=await to_the_end(self._background.run(_renamed, found.path, stem, name)),
            )
            for found in report.datasets
        ]
        return msgspec.structs.replace(report, datasets=named)

    async def as_rows(
        self, plan: ImportPlan, wanted: Format, progress: Progress | None = None
    ) -> RowsTaken:
        """The rows themselves, of the format `wanted` (UNKNOWN: of whichever comes first)."""
        await self._background.run(_make, self.folder)
        making = self._background.run(_scratch, self.folder)
        scratch = await to_the_end(making)
        try:
            report = await self._importing.carry_out(plan, scratch, progress)
            return await self._taken(report, wanted)
        finally:
            removing = self._background.run(shutil.rmtree, scratch, ignore_errors=True)
            await asyncio.shield(asyncio.ensure_future(removing))

    async def _taken(self, report: ImportReport, wanted: Format) -> RowsTaken:
        rows: list[bytes] = []
        n_other = 0
        for found in report.datasets:
            wanted = found.format if wanted is Format.UNKNOWN else wanted
            if found.format is wanted:
                rows += await self._background.run(read_rows, found.path)
            else:
                n_other += found.n_rows
        kept = [await self._background.run(_kept, p, self.folder) for p in report.unrecognised]
        return RowsTaken(
            rows=rows,
            n_other=n_other,
            report=msgspec.structs.replace(report, unrecognised=kept),
        )


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _scratch(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=".adding-", dir=folder))


def _renamed(path: Path, stem: str, name: str) -> Path:
    """Another beginning of the name; what tells several datasets of one source apart stays."""
    wanted = safe_name(name.removesuffix(".jsonl"), fallback=stem)
    if wanted == stem:
        return path
    kind = Path(path.stem).suffix if Path(path.stem).suffix in _KINDS else ""
    return path.rename(free_path(path.parent, wanted + kind, ".jsonl"))


def _kept(path: Path, folder: Path) -> Path:
    return path.rename(free_path(folder, path.stem, path.suffix))
