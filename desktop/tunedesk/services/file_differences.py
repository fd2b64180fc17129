"""How two versions of a dataset differ, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import msgspec

from tunedesk.core.edits import RowChange
from tunedesk.store.backups import Backup
from tunedesk.store.dataset_file import DatasetFile

__all__ = ["Backup", "Difference", "difference", "read_rows"]

MAX_CHANGES = 1_000
_EXACT_ROWS = 3_000


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
    file = DatasetFile.open(path)
    try:
        return [file.row(i) for i in range(len(file))]
    finally:
        file.close()


def difference(before: Sequence[bytes], after: Sequence[bytes]) -> Difference:
    """What has to happen to `before` to get `after`; rows at one place are one changed row.

    Equal rows are matched whatever their place: only rows that one side alone has are compared.
    """
    gone, come = _only(before, after), _only(after, before)
    pairs = _paired(gone, come, before, after)
    changes = [_change(b, a, before, after) for b, a in pairs]
    n_changed = sum(change.before is not None and change.after is not None for change in changes)
    return Difference(
        n_before=len(before),
        n_after=len(after),
        n_changed=n_changed,
        n_added=len(come) - n_changed,
        n_removed=len(gone) - n_changed,
        is_reordered=not gone and not come and list(before) != list(after),
        changes=changes[:MAX_CHANGES],
    )


def _only(rows: Sequence[bytes], others: Sequence[bytes]) -> list[int]:
    """Places of rows that the others have less often."""
    spare = Counter(others)
    found = []
    for at, raw in enumerate(rows):
        if spare[raw] > 0:
            spare[raw] -= 1
        else:
            found.append(at)
    return found


def _paired(
    gone: list[int], come: list[int], before: Sequence[bytes], after: Sequence[bytes]
) -> list[tuple[int | None, int | None]]:
    """Rows that went with the rows that came instead: those at the same stretch of the file."""
    if len(gone) + len(come) > _EXACT_ROWS or len(before) + len(after) > 20 * _EXACT_ROWS:
        return _in_turn(gone, come)
    pairs: list[tuple[int | None, int | None]] = []
    lost, new = set(gone), set(come)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, b0, b1, a0, a1 in matcher.get_opcodes():
        ours = [i for i in range(b0, b1) if i in lost]
        theirs = [i for i in range(a0, a1) if i in new]
        pairs += _in_turn(ours, theirs)
    return pairs


def _in_turn(gone: list[int], come: list[int]) -> list[tuple[int | None, int | None]]:
    n_both = min(len(gone), len(come))
    both: list[tuple[int | None, int | None]] = list(zip(gone[:n_both], come[:n_both], strict=True))
    return [*both, *((i, None) for i in gone[n_both:]), *((None, i) for i in come[n_both:])]


def _change(
    b: int | None, a: int | None, before: Sequence[bytes], after: Sequence[bytes]
) -> RowChange:
    return RowChange(
        index=a,
        before=None if b is None else before[b],
        after=None if a is None else after[a],
    )
