"""What is trained on, frozen: JSONL named by its own digest, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.store import file_access
from tunedesk.store.records import SnapshotRecord

_BATCH_ROWS = 1_000


class SnapshotWriter:
    """Blocking; used from one thread at a time. `finish` or `discard` ends it."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".snapshot-")
        self._folder = folder
        self._temporary = Path(name)
        self._stream = os.fdopen(descriptor, "wb")
        self._digest = hashlib.sha256()

    def add(self, rows: Sequence[bytes]) -> None:
        """Rows without their line ends. Raises OSError."""
        data = b"".join(row + b"\n" for row in rows)
        self._digest.update(data)
        self._stream.write(data)

    def finish(self) -> tuple[str, Path]:
        """Digest (sha256 hex) and path; the file is on the disk. Raises OSError."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        digest = self._digest.hexdigest()
        path = self._folder / f"{digest}.jsonl"
        self._temporary.replace(path)
        file_access.sync_folder(self._folder)
        return digest, path

    def discard(self) -> None:
        """Forget it. Never raises."""
        self._stream.close()
        self._temporary.unlink(missing_ok=True)


async def freeze(project: Project, session: DatasetSession, rows: Sequence[int]) -> SnapshotRecord:
    """Write these rows, in this order, and note them in the ledger.

    Raises TunedeskError: "snapshot_failed", or "dataset_edited" if the dataset was edited
    meanwhile (nothing was sent then).
    """
    version = session.version
    try:
        digest, path = await _write(project, session, rows)
    except OSError as error:
        raise TunedeskError(
            "snapshot_failed",
            "The rows could not be put aside for training.",
            f"Writing to {project.folder / 'snapshots'} failed: {error.strerror}.",
            "Make room or allow writing there, then start again.",
        ) from error
    if session.version != version:
        raise _edited()
    name = session.info.name
    return await project.in_ledger(
        lambda ledger: ledger.add_snapshot(digest, path, len(rows), name)
    )


async def _write(
    project: Project, session: DatasetSession, rows: Sequence[int]
) -> tuple[str, Path]:
    run = project.background.run
    version = session.version
    writer = await run(SnapshotWriter, project.folder / "snapshots")
    try:
        for first in range(0, len(rows), _BATCH_ROWS):
            if session.version != version:
                raise _edited()
            batch = [session.row(index) for index in rows[first : first + _BATCH_ROWS]]
            await run(writer.add, batch)
        return await run(writer.finish)
    except BaseException:
        writer.discard()
        raise


def _edited() -> TunedeskError:
    return TunedeskError(
        "dataset_edited",
        "The dataset was edited while it was being put aside.",
        "Nothing was sent.",
        "Start again when the edits are done.",
    )
