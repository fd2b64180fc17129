"""What differs between two versions of a dataset, found off the loop's thread and bounded."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.support.projects import run, write_rows
from tunedesk.core.edits import DeleteRow, RowChange, SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.file_differences import MAX_CHANGES, Difference, compare, count_rows
from tunedesk.services.work.background import Background
from tunedesk.store.dataset_file import DatasetFile


def _differ(folder: Path, before: list[bytes], after: list[bytes]) -> Difference:
    paths = write_rows(folder / "before.jsonl", before), write_rows(folder / "after.jsonl", after)

    async def steps() -> Difference:
        background = Background()
        try:
            return await compare(background, *paths)
        finally:
            await background.close()

    return run(steps())


_ROWS = [b"row %d" % n for n in range(50_000)]


@pytest.mark.parametrize(
    ("after", "n_changed", "n_added", "n_removed"),
    [
        (_ROWS, 0, 0, 0),
        ([*_ROWS[:7], b"new", *_ROWS[8:]], 1, 0, 0),
        ([*_ROWS[:7], *_ROWS[8:]], 0, 0, 1),
        ([*_ROWS, b"new", b"newer"], 0, 2, 0),
        ([b"new", *_ROWS[:-1]], 0, 1, 1),
        ([], 0, 0, 50_000),
        ([raw + b"!" for raw in _ROWS], 50_000, 0, 0),
    ],
)
def test_counts_are_exact_and_changes_bounded(
    tmp_path: Path, after: list[bytes], n_changed: int, n_added: int, n_removed: int
) -> None:
    found = _differ(tmp_path, _ROWS, after)
    assert (found.n_changed, found.n_added, found.n_removed) == (n_changed, n_added, n_removed)
    assert (found.n_before, found.n_after) == (50_000, len(after))
    assert len(found.changes) == min(n_changed + n_added + n_removed, MAX_CHANGES)
    assert found.is_same == (after == _ROWS)


def test_the_same_rows_elsewhere_are_only_another_order(tmp_path: Path) -> None:
    found = _differ(tmp_path, _ROWS, [*_ROWS[100:], *_ROWS[:100]])
    assert found.is_reordered and not found.changes


@pytest.mark.parametrize("seed", range(30))
def test_changes_make_one_version_of_the_other(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    before = [b"%d" % chance.randrange(9) for _ in range(chance.randrange(30))]
    after = [b"%d" % chance.randrange(12) if chance.random() < 0.3 else raw for raw in before]
    del after[: chance.randrange(3)]
    found = _differ(tmp_path, before, after)
    made = Counter(before)
    made.subtract(change.before for change in found.changes if change.before is not None)
    made.update(change.after for change in found.changes if change.after is not None)
    assert +made == Counter(after)
    for change in found.changes:
        assert change.index is None or after[change.index] == change.after


def test_a_row_changed_in_its_place_is_one_change(tmp_path: Path) -> None:
    found = _differ(tmp_path, [b"a", b"b", b"c"], [b"a", b"B", b"c", b"d"])
    assert found.changes == [
        RowChange(index=1, before=b"b", after=b"B"),
        RowChange(index=3, before=None, after=b"d"),
    ]


def test_a_snapshot_stays_as_it_was_through_edits_saves_and_the_end(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", [b"a", b"b", b"c"])
    file = DatasetFile.open(path)
    file.apply(SetRow(1, b"B"))
    snapshot = file.snapshot()
    file.apply(DeleteRow(0))
    file.apply(SetRow(0, b"x"))
    file.save()
    file.close()
    assert list(snapshot.rows()) == [b"a", b"B", b"c"]
    assert snapshot.row(2) == b"c"
    again = DatasetFile.open(path)
    assert not again.is_read_only
    again.close()
    snapshot.close()


def test_rows_are_counted_as_they_open(tmp_path: Path) -> None:
    async def steps() -> None:
        background = Background()
        for content, n_rows in ((b"", 0), (b"a", 1), (b"a\n", 1), (b"a\r\n\nb", 3)):
            (tmp_path / "a.jsonl").write_bytes(content)
            assert await count_rows(background, tmp_path / "a.jsonl") == n_rows
        with pytest.raises(TunedeskError):
            await count_rows(background, tmp_path / "none.jsonl")
        await background.close()

    run(steps())


def test_comparing_stops_when_nobody_waits(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", _ROWS)

    async def steps() -> None:
        background = Background()
        begun = asyncio.Event()
        work = compare(background, path, path, lambda _done, _all: begun.set())
        task = asyncio.ensure_future(work)
        await asyncio.wait_for(begun.wait(), 30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await background.close()
        file = DatasetFile.open(path)
        assert not file.is_read_only  # nobody holds it any more
        file.close()

    run(steps())
