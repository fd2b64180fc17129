"""How two versions of a dataset differ, row by row."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from tunedesk.core.edits import RowChange
from tunedesk.services.dataset.find_run import Progress, in_thread
from tunedesk.services.dataset.row_digests import Pairs, matched
from tunedesk.services.work.background import Background
from tunedesk.store.backups import Backup
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.os_errors import translated
from tunedesk.store.rows_snapshot import RowsSnapshot

__all__ = ["Backup", "Difference", "RowsSnapshot", "compare", "count_rows", "read_rows"]

MAX_CHANGES = 1_000
_MAX_BYTES = 32 << 20  # of the changes that are shown
_PART = 2_000
_BLOCK_BYTES = 1 << 20

Version = Path | RowsSnapshot


class _Rows(Protocol):
    def __len__(self) -> int: ...

    def rows(self) -> Iterator[bytes]: ...

    def row(self, index: int) -> bytes: ...

    def close(self) -> None: ...


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """From one version to another: counts of rows, and the first of the changes."""

    n_before: int
    n_after: int
    n_changed: int
    n_added: int
    n_removed: int
    is_reordered: bool
    changes: list[RowChange]

    @property
    def is_same(self) -> bool:
        """Whether both hold the same rows in the same order."""
        return not (self.n_changed or self.n_added or self.n_removed or self.is_reordered)


def read_rows(path: Path) -> list[bytes]:
    """All rows of a JSONL file. Blocking. Raises TunedeskError."""
    with closing(DatasetFile.open(path)) as file:
        return list(file.rows())


async def count_rows(background: Background, path: Path) -> int:
    """Rows of a JSONL file, without keeping any of it. Raises TunedeskError."""
    return await in_thread(background, lambda tell: _count_rows(path, tell))


async def compare(
    background: Background, before: Version, after: Version, progress: Progress | None = None
) -> Difference:
    """What has to happen to `before` to get `after`; rows at one place are one changed row.

    In a thread, and stopped when nobody waits for it any more; a snapshot is closed at the end.
    Equal rows are matched whatever their place. `progress(rows read, rows in all)`. Raises
    TunedeskError if a file cannot be read.
    """
    return await in_thread(background, lambda tell: _compared(before, after, tell), progress)


def _compared(before: Version, after: Version, tell: Progress) -> Difference:
    with closing(_opened(before)) as old, closing(_opened(after)) as new:
        n_all = len(old) + len(new)
        ours = _digests(old, lambda n: tell(n, n_all))
        theirs = _digests(new, lambda n: tell(len(old) + n, n_all))
        found = matched(ours, theirs, MAX_CHANGES, lambda _: tell(n_all, n_all))
        return Difference(
            n_before=len(old),
            n_after=len(new),
            n_changed=found.n_changed,
            n_added=found.n_come - found.n_changed,
            n_removed=found.n_gone - found.n_changed,
            is_reordered=not (found.n_gone or found.n_come) and ours != theirs,
            changes=_changes(found.pairs, old, new),
        )


def _opened(version: Version) -> _Rows:
    return DatasetFile.open(version) if isinstance(version, Path) else version


def _digests(rows: _Rows, tell: Callable[[int], object]) -> array[int]:
    """Python's own hash, 64 bits: among a million rows two share one by chance in 40 million."""
    digests = array("q")
    left = rows.rows()
    while part := list(islice(left, _PART)):
        digests.extend(map(hash, part))
        tell(len(digests))
    return digests


def _changes(pairs: Pairs, old: _Rows, new: _Rows) -> list[RowChange]:
    found: list[RowChange] = []
    n_bytes = 0
    for b, a in pairs:
        before, after = None if b is None else old.row(b), None if a is None else new.row(a)
        n_bytes += len(before or b"") + len(after or b"")
        if found and n_bytes > _MAX_BYTES:
            break
        found.append(RowChange(index=a, before=before, after=after))
    return found


def _count_rows(path: Path, tell: Progress) -> int:
    n_rows, last = 0, b"\n"
    with translated(path, "The version cannot be read."), path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            n_rows += block.count(b"\n")
            last = block[-1:]
            tell(n_rows, n_rows)
    return n_rows + (last != b"\n")
