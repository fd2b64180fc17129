"""Files of examples, of any kind we know, become datasets of a project."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.columns import PROBLEMS
from tunedesk.core.formats.containers import START_BYTES, Container, Source
from tunedesk.core.formats.looking import Action, Look, look_at_text
from tunedesk.core.formats.notes import Note
from tunedesk.core.formats.reading import pieces_of, records_of
from tunedesk.core.formats.shapes import Shape
from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import (
    FilePlan,
    ImportedDataset,
    ImportOrder,
    ImportPlan,
    ImportReport,
    ImportResult,
    StagedRows,
)
from tunedesk.services.transfer.import_work import import_files, look_at_parquet
from tunedesk.services.work.apart import Progress, run_apart, staging_beside, to_the_end
from tunedesk.services.work.background import Background
from tunedesk.store.source_files import count_line_ends, list_folder, read_start
from tunedesk.store.staging import place

IN_PROCESS_FROM_BYTES = 1 << 20
_MERGED_FROM_FILES = 20


class Importing:
    """Looks at files and takes them over. The sources are never changed."""

    def __init__(self, background: Background) -> None:
        self._background = background

    async def look(self, path: Path) -> ImportPlan:
        """What a file or folder holds and what would be done with it; nothing is written.

        Raises TunedeskError if it cannot be read. A file of a folder that cannot be read is noted.
        """
        if not await self._background.run(path.is_dir):
            return ImportPlan(source=path, files=[await self._look_at_file(path)], notes=[])
        listing = await self._background.run(list_folder, path)
        files: list[FilePlan] = []
        notes = list(listing.notes)
        for file in listing.files:
            name = str(file.relative_to(path))
            try:
                plan = await self._look_at_file(file)
            except TunedeskError as error:
                params: dict[str, str | int] = {"reason": error.what}
                notes.append(Note(code="skipped_unreadable", field=name, params=params))
                continue
            if plan.look.action is Action.NOTHING:
                notes.append(Note(code="skipped_unknown", field=name))
            files.append(plan)
        return ImportPlan(source=path, files=files, notes=notes, merges=_wants_merging(files))

    async def look_again(self, file: FilePlan, source: Source) -> FilePlan:
        """The same file read with another encoding or delimiter. Raises TunedeskError."""
        start, size_bytes = await self._background.run(read_start, file.path, START_BYTES)
        return await self._plan(file.path, start, size_bytes, source)

    async def carry_out(
        self, plan: ImportPlan, target: Path, progress: Progress | None = None
    ) -> ImportReport:
        """Write the datasets into the folder `target`, under free names, all or none.

        Files that are datasets as they are stay where they are and are only named. `progress` is
        told bytes done and bytes in all. Cancel the task to stop: nothing is left then. Raises
        TunedeskError, also for a plan with an unfinished mapping ("import.mapping").
        """
        if plan.problem():
            raise _unfinished(plan)
        async with staging_beside(self._background, target) as staging:
            order = ImportOrder(plan=plan, staging=staging)
            result = await run_apart(
                self._background, import_files, order, progress, in_process=_is_long(plan)
            )
            return await to_the_end(self._background.run(_placed, plan, result, target))

    async def _look_at_file(self, path: Path) -> FilePlan:
        start, size_bytes = await self._background.run(read_start, path, START_BYTES)
        if not start.startswith(b"PAR1"):
            return await self._plan(path, start, size_bytes, None)
        look, n_rows = await run_apart(self._background, look_at_parquet, path)
        return FilePlan(
            path=path, size_bytes=size_bytes, look=look, n_rows=n_rows, n_rows_is_exact=True
        )

    async def _plan(
        self, path: Path, start: bytes, size_bytes: int, source: Source | None
    ) -> FilePlan:
        is_whole = size_bytes <= len(start)
        look = await self._background.run(
            look_at_text, start, path.suffix.lower(), is_whole=is_whole, source=source
        )
        n_rows, is_exact = await self._background.run(_count, path, start, size_bytes, look)
        return FilePlan(
            path=path,
            size_bytes=size_bytes,
            look=look,
            n_rows=n_rows,
            n_rows_is_exact=is_exact,
        )


def _is_long(plan: ImportPlan) -> bool:
    if any(file.look.source.container is Container.PARQUET for file in plan.files):
        return True  # DuckDB stays out of the window's process
    return sum(file.size_bytes for file in plan.files) >= IN_PROCESS_FROM_BYTES


def _count(path: Path, start: bytes, size_bytes: int, look: Look) -> tuple[int, bool]:
    """Rows of a file, and whether that is exact: other than lines they are estimated."""
    source = look.source
    if source.container in (Container.EMPTY, Container.UNKNOWN):
        return 0, True
    if source.container is Container.JSONL and source.encoding.startswith("utf-8"):
        return count_line_ends(path), True
    if source.container is Container.TABLE:
        n_rows = sum(bool(record.cells) for record in records_of([start], source))
        n_rows -= look.mapping is not None and look.mapping.has_header
    else:
        n_rows = sum(bool(piece.raw.strip()) for piece in pieces_of([start], source))
    if size_bytes <= len(start):
        return n_rows, True
    return n_rows * size_bytes // len(start), False


def _wants_merging(files: list[FilePlan]) -> bool:
    """Many files, or files of one row each, are pieces of one dataset."""
    usable = [file for file in files if file.look.action is not Action.NOTHING]
    n_single = sum(file.n_rows <= 1 for file in usable)
    return len(usable) > _MERGED_FROM_FILES or (len(usable) > 1 and 2 * n_single > len(usable))


def _placed(plan: ImportPlan, result: ImportResult, target: Path) -> ImportReport:
    paths = place([s.path for s in result.staged], target, _names(result.staged))
    datasets: list[ImportedDataset] = []
    unrecognised: list[Path] = []
    for staged, path in zip(result.staged, paths, strict=True):
        if staged.format is Format.UNKNOWN:
            unrecognised.append(path)
            continue
        datasets.append(ImportedDataset(path=path, format=staged.format, n_rows=staged.n_rows))
    datasets += [] if plan.merges else _opened(plan)
    return ImportReport(datasets=datasets, unrecognised=unrecognised, files=result.files)


def _opened(plan: ImportPlan) -> list[ImportedDataset]:
    return [
        ImportedDataset(
            path=file.path, format=_native(file.look), n_rows=file.n_rows, is_source=True
        )
        for file in plan.files
        if file.look.action is Action.OPEN
    ]


def _native(look: Look) -> Format:
    known = [shape for shape in look.shapes if shape is not Shape.UNKNOWN]
    return Format(known[0].value)


def _names(staged: list[StagedRows]) -> list[tuple[str, str]]:
    """stem.jsonl where there is one format, stem.chat.jsonl and so on where there are several."""
    n_formats = Counter(s.stem for s in staged if s.format is not Format.UNKNOWN)
    names = []
    for rows in staged:
        if rows.format is Format.UNKNOWN:
            names.append((f"{rows.stem}.unrecognised", ".jsonl"))
        elif n_formats[rows.stem] > 1:
            names.append((f"{rows.stem}.{rows.format}", ".jsonl"))
        else:
            names.append((rows.stem, ".jsonl"))
    return names


def _unfinished(plan: ImportPlan) -> TunedeskError:
    return TunedeskError(
        "import.mapping",
        "The columns are not assigned yet.",
        f"{plan.source}: it is not clear what to make of its columns.",
        PROBLEMS[plan.problem()],
    )
