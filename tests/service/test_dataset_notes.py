"""Sides, tags, backups and outside changes of an open dataset, as the person keeps them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.support.projects import home, project, rows_of, run, write_rows
from tunedesk.core.edits import (
    DeleteRows,
    MoveRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
    SetSplits,
    SetTags,
)
from tunedesk.services.dataset.row_view import RowViews, ViewWish
from tunedesk.services.dataset.session import DatasetSession, open_session

PROBLEMS = ViewWish(chip="problems")


def test_a_choice_and_tags_stay_with_a_row_whose_prompt_is_edited(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            info = await made.add_dataset(write_rows(tmp_path / "rows.jsonl", rows_of(12)))
            opened = await open_session(made, info)
            opened.apply(SetSplit(index=3, split="aside"))
            opened.apply(SetTags((3,), (("tone", "fix me"),)))
            edited = opened.row(3).replace(b"3", b"three")
            inverse = opened.apply(SetRow(index=3, raw=edited))
            assert opened.state(3).split == "aside"
            assert opened.tags(3) == ("fix me", "tone")
            opened.apply(inverse)
            assert (opened.state(3).split, opened.tags(3)) == ("aside", ("fix me", "tone"))
            opened.apply(MoveRows(first=3, count=1, to=0))
            await opened.save()
            await opened.close()
            again = await open_session(made, info)
            assert (again.state(0).split, again.tags(0)) == ("aside", ("fix me", "tone"))
            assert again.all_tags() == {"fix me": 1, "tone": 1}
            await again.close()

    run(steps())


def test_another_share_moves_rows_one_way_only_and_comes_back(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            info = await made.add_dataset(write_rows(tmp_path / "rows.jsonl", rows_of(200)))
            opened = await open_session(made, info)
            await opened.check()
            opened.apply(SetSplits((0, 1), ("train", "aside")))
            before = {side: opened.rows_of(side) for side in ("train", "test", "aside")}
            inverse = opened.apply(SetSplitRule(seed=opened.split_rule.seed, test_share=0.4))
            wider = set(opened.rows_of("test"))
            assert wider > set(before["test"])
            assert 40 <= len(wider) <= 120
            assert opened.rows_of("aside") == [1]
            assert 0 in opened.rows_of("train")
            taught = opened.totals().trained_tokens
            opened.apply(SetSplitRule(seed=7, test_share=0.4))
            assert set(opened.rows_of("test")) != wider
            opened.apply(SetSplitRule(seed=0, test_share=0.4))
            assert set(opened.rows_of("test")) == wider
            assert opened.totals().trained_tokens == taught
            opened.apply(inverse)
            assert {side: opened.rows_of(side) for side in before} == before
            opened.apply(SetSplitRule(seed=11, test_share=0.25))
            await opened.close()
            again = await open_session(made, info)
            assert (again.split_rule.seed, again.split_rule.test_share) == (11, 0.25)
            await again.close()

    run(steps())


def test_where_chance_leaves_test_empty_another_seed_fills_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            info = await made.add_dataset(write_rows(tmp_path / "rows.jsonl", rows_of(22)))
            opened = await open_session(made, info)
            await opened.check()
            bad = next(n for n in range(500) if _n_test(opened, n) == 0)
            opened.apply(SetSplitRule(seed=bad, test_share=0.1))
            assert opened.lacks_test
            seed = opened.other_seed()
            assert seed is not None
            assert 1 <= _n_test(opened, seed) <= 3
            assert not opened.lacks_test
            opened.apply(SetSplitRule(seed=bad, test_share=0.0))
            assert not opened.lacks_test
            opened.apply(SetSplitRule(seed=bad, test_share=0.1))
            opened.apply(SetSplits(tuple(range(22)), ("train",) * 22))
            assert opened.other_seed() is None
            await opened.close()

    run(steps())


def _n_test(opened: DatasetSession, seed: int) -> int:
    opened.apply(SetSplitRule(seed=seed, test_share=0.1))
    return opened.counts().test


def test_many_rows_edited_at_once_keep_their_marks_in_step(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            info = await made.add_dataset(write_rows(tmp_path / "rows.jsonl", rows_of(30)))
            opened = await open_session(made, info)
            await opened.check()
            opened.apply(SetSplit(index=29, split="aside"))
            inverse = opened.apply(SetRows(((4, b"broken"), (9, b"broken too"))))
            assert opened.counts().errors == 2
            put_back = opened.apply(DeleteRows((0, 4, 5)))
            assert [issue.row for issue in opened.issues() if issue.severity == "error"] == [7]
            assert opened.rows_of("aside") == [26]
            opened.apply(put_back)
            assert opened.rows_of("aside") == [29]
            put_back = opened.apply(SetSplits((4, 8), ("aside", "aside")))
            assert (opened.counts().errors, opened.counts().problems) == (1, 1)
            assert [issue.row for issue in opened.open_issues() if issue.row] == [10]
            assert list((await RowViews(opened, made.background).view(PROBLEMS)).rows or ()) == [9]
            opened.apply(put_back)
            assert (opened.counts().errors, len(opened.open_issues())) == (2, len(opened.issues()))
            opened.apply(inverse)
            await opened.check()
            assert opened.counts().errors == 0
            assert not opened.is_dirty
            await opened.close()

    run(steps())


def test_every_save_leaves_the_version_before_to_go_back_to(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            path = write_rows(tmp_path / "rows.jsonl", rows_of(12))
            original = path.read_bytes()
            info = await made.add_dataset(path)
            opened = await open_session(made, info)
            opened.apply(SetRow(index=0, raw=b"{}"))
            await opened.save()
            edited = path.read_bytes()
            [backup] = await opened.backups()
            assert backup.path.read_bytes() == original
            await opened.restore(backup)
            await opened.close()
            assert path.read_bytes() == original
            again = await open_session(made, info)
            assert again.row(0) == rows_of(12)[0]
            assert edited in [b.path.read_bytes() for b in await again.backups()]
            await again.close()

    run(steps())


def test_a_change_by_another_program_is_told_and_not_overwritten(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            path = write_rows(tmp_path / "rows.jsonl", rows_of(12))
            info = await made.add_dataset(path)
            opened = await open_session(made, info)
            told = asyncio.Event()
            opened.subscribe(told.set)
            path.write_bytes(b"{}\n")
            os.utime(path, ns=(1, 1))
            await asyncio.wait_for(told.wait(), 10)
            assert opened.is_changed_outside
            await opened.close()

    run(steps())


def test_recovered_edits_say_what_they_change_and_can_be_undone(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            rows = rows_of(12)
            info = await made.add_dataset(write_rows(tmp_path / "rows.jsonl", rows))
            opened = await open_session(made, info)
            opened.apply(SetRow(index=2, raw=b"{}"))
            opened.apply(DeleteRows((7, 8)))
            for undone in (MoveRows(0, 2, 6), SetRow(3, b"[]"), DeleteRows((4, 5))):
                opened.apply(opened.apply(undone))
            await opened.close()
            again = await open_session(made, info)
            assert len(again.undo_recovery) == 2
            said = [(change.index, change.before, change.after) for change in again.recovered]
            assert said == [(2, rows[2], b"{}"), (None, rows[7], None), (None, rows[8], None)]
            for edit in again.undo_recovery:
                again.apply(edit)
            assert [again.row(i) for i in range(len(again))] == rows
            assert not again.is_dirty
            await again.close()

    run(steps())
