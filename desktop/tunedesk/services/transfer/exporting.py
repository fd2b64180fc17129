"""A dataset, or some of its rows, written as others want them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunedesk.core.formats.export_rows import KEEPS_BYTES, ExportKind
from tunedesk.core.rows import Format
from tunedesk.services.transfer.export_types import CsvOptions, ExportOrder, ExportReport
from tunedesk.services.transfer.export_work import export_rows
from tunedesk.services.work.apart import Progress, run_apart, staging_beside, to_the_end
from tunedesk.services.work.background import Background
from tunedesk.store.os_errors import translated
from tunedesk.store.staging import replace

IN_PROCESS_FROM_BYTES = 1 << 20
_BATCH_BYTES = 1 << 20
_SLICE_S = 0.008


class Exporting:
    """Writes files; the target is replaced whole or not at all."""

    def __init__(self, background: Background) -> None:
        self._background = background

    async def write(
        self,
        row: Callable[[int], bytes],
        indices: Sequence[int],
        kind: Format,
        target_kind: ExportKind,
        target: Path,
        *,
        csv: CsvOptions | None = None,
        progress: Progress | None = None,
    ) -> ExportReport:
        """Write the rows `row(i)` of these indices, in their order, to the file `target`.

        `row` is called on the loop's thread, as a dataset session wants it, in slices of 8 ms; rows
        must not be edited meanwhile. A file that is there is replaced. Cancel the task to stop:
        the target is then as it was. Raises TunedeskError.
        """
        async with staging_beside(self._background, target.parent) as staging:
            rows = staging / "source.jsonl"
            n_bytes = await self._spool(row, indices, rows)
            order = ExportOrder(
                rows=rows,
                staged=staging / f"export{target.suffix}",
                format=kind,
                kind=target_kind,
                csv=csv or CsvOptions(),
            )
            is_long = n_bytes >= IN_PROCESS_FROM_BYTES and target_kind not in KEEPS_BYTES
            in_process = is_long or target_kind is ExportKind.PARQUET
            report = await run_apart(
                self._background, export_rows, order, progress, in_process=in_process
            )
            await to_the_end(self._background.run(replace, order.staged, target))
        return msgspec.structs.replace(report, path=target)

    async def _spool(self, row: Callable[[int], bytes], indices: Sequence[int], path: Path) -> int:
        """The rows as they are now, in a file that another process can read; its size."""
        with translated(path, "The rows cannot be written."):
            stream = path.open("xb")
        try:
            n_bytes, at = 0, 0
            while at < len(indices):
                at, batch = _batch(row, indices, at)
                n_bytes += len(batch)
                await to_the_end(self._background.run(_append, stream, path, batch))
            return n_bytes
        finally:
            stream.close()


def _batch(row: Callable[[int], bytes], indices: Sequence[int], at: int) -> tuple[int, bytes]:
    lines: list[bytes] = []
    n_bytes, until = 0, time.perf_counter() + _SLICE_S
    while at < len(indices) and n_bytes < _BATCH_BYTES and time.perf_counter() < until:
        lines.append(row(indices[at]) + b"\n")
        n_bytes += len(lines[-1])
        at += 1
    return at, b"".join(lines)


def _append(stream: BinaryIO, path: Path, batch: bytes) -> None:
    with translated(path, "The rows cannot be written."):
        stream.write(batch)
        stream.flush()
