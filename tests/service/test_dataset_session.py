"""An open dataset as the Data page uses it."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, raw, user
from tests.support.projects import (
    home,
    project,
    rows_of,
    run,
    sample_session,
    session,
    until,
    write_rows,
)
from tunedesk.core.edits import DeleteRow, Edit, InsertRow, MoveRows, SetRow, SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.core.fixes import apply_fix, fixes_of
from tunedesk.core.json_text import BOM
from tunedesk.core.rows import Format
from tunedesk.core.validation.rows import check_row
from tunedesk.services.dataset.session import open_session
from tunedesk.store.journal import Journal

BROKEN = chat(user("Who?"))  # nobody answers


def test_the_sample_is_checked_counted_and_split(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, sample_session(place) as (_, opened):
            seen: list[tuple[int, int]] = []
            await opened.check(lambda done, of_all: seen.append((done, of_all)))
            counts, totals = opened.counts(), opened.totals()
            assert opened.format is Format.CHAT
            assert (counts.all, counts.train, counts.test, counts.aside) == (54, 44, 10, 0)
            assert counts.problems == 0
            assert opened.issues() == []
            assert seen[-1] == (54, 54)
            assert opened.rows_of("test") == list(range(44, 54))
            assert totals.tokens == sum(opened.state(i).tokens or 0 for i in range(54))
            assert totals.longest_tokens == max(opened.state(i).tokens or 0 for i in range(54))
            assert 0 < totals.trained_tokens < totals.tokens
            assert sum(totals.histogram) == 54
            assert len(totals.histogram) == 16
            assert opened.summary(0).prompt == "How many moons does Mars have?"
            tokens = opened.message_tokens(0)
            assert tokens is not None
            assert len(tokens) == 3

    run(steps())


@pytest.mark.parametrize("after_ms", [0, 1, 5, 20, 80, 200, 400])
def test_closing_while_the_check_comes_up_leaves_no_process(tmp_path: Path, after_ms: int) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            async with session(made, rows_of(600)) as opened:
                checking = asyncio.create_task(opened.check())
                await asyncio.sleep(after_ms / 1000)  # the moment is the test's parameter
                checking.cancel()
            await asyncio.gather(checking, return_exceptions=True)
            assert multiprocessing.active_children() == []

    run(steps())


def test_a_broken_row_is_told_with_its_number_and_moves_with_its_row(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(12), BROKEN]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            assert [issue.row for issue in opened.issues()] == [13]
            assert opened.state(12).status == "error"
            opened.apply(MoveRows(first=12, count=1, to=0))
            assert [issue.row for issue in opened.issues()] == [1]
            opened.apply(InsertRow(index=0, raw=rows_of(1, 50)[0]))
            assert opened.issues_of(1)[0].row == 2
            opened.apply(DeleteRow(index=0))
            mended = chat(user("Who?"), assistant("Me."))
            undo = opened.apply(SetRow(index=0, raw=mended))
            assert opened.state(0).status == "ok"
            assert opened.counts().errors == 0
            redo = opened.apply(undo)
            assert opened.counts().errors == 1
            opened.apply(redo)
            assert opened.row(0) == mended

    run(steps())


def test_a_byte_order_mark_is_told_as_the_command_tells_it_and_removed_by_its_fix(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        path = write_rows(tmp_path / "marked.jsonl", rows_of(12))
        marked = BOM + path.read_bytes()
        path.write_bytes(marked)
        async with home(tmp_path) as place, project(place) as made:
            opened = await open_session(made, await made.add_dataset(path))
            await opened.check()
            [found] = opened.issues()
            first = marked.split(b"\n")[0]
            assert [found] == check_row(first, 1) == opened.issues_of(0)
            assert opened.counts().errors == 1
            [fix] = fixes_of(found)
            inverse = opened.apply(SetRow(0, apply_fix(opened.row(0), found, fix)))
            await opened.save()
            await opened.check()
            assert path.read_bytes() == marked.removeprefix(BOM)
            assert opened.issues() == []
            opened.apply(inverse)
            await opened.save()
            assert path.read_bytes() == marked
            await opened.close()

    run(steps())


def test_undoing_everything_gives_the_first_state_back(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(20)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            before = (opened.counts(), opened.totals())
            edits: list[Edit] = [
                SetRow(index=3, raw=BROKEN),
                DeleteRow(index=7),
                MoveRows(first=0, count=4, to=9),
                InsertRow(index=19, raw=rows_of(1, 99)[0]),
                SetSplit(index=2, split="aside"),
            ]
            inverses = [opened.apply(edit) for edit in edits]
            assert opened.is_dirty
            for inverse in reversed(inverses):
                opened.apply(inverse)
            assert [opened.row(i) for i in range(20)] == rows
            assert (opened.counts(), opened.totals()) == before
            assert not opened.is_dirty

    run(steps())


def test_findings_of_the_whole_file_come_back_at_the_next_check(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(12)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            opened.apply(InsertRow(index=12, raw=rows[0]))
            await opened.check()
            assert [(i.row, i.code) for i in opened.issues()] == [(13, "duplicate_row")]
            assert opened.state(12).status == "warning"
            for _ in range(4):
                opened.apply(DeleteRow(index=0))
            await opened.check()
            assert [(i.row, i.code) for i in opened.issues()] == [(0, "too_few_rows")]

    run(steps())


def test_a_split_choice_holds_for_equal_prompts_and_for_the_next_session(tmp_path: Path) -> None:
    async def steps() -> None:
        same = [chat(user("Same?"), assistant(f"Reply {i}.")) for i in range(2)]
        rows = [*rows_of(10), *same]
        async with home(tmp_path) as place, project(place) as made:
            async with session(made, rows) as opened:
                before = opened.state(10).split
                back = opened.apply(SetSplit(index=10, split="aside"))
                assert (opened.state(10).split, opened.state(11).split) == ("aside", "aside")
                opened.apply(back)
                assert opened.state(11).split == before
                opened.apply(SetSplit(index=11, split="test"))
                with pytest.raises(ValueError, match="tuple"):
                    opened.apply(SetSplit(index=11, split="nowhere"))
            async with session(made, rows) as again:
                await again.check()
                assert again.state(10).split == "test"
                assert {10, 11} <= set(again.rows_of("test"))

    run(steps())


def test_saving_writes_the_file_and_tells_when(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(12)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            assert opened.saved_at_ms is None
            opened.apply(SetRow(index=1, raw=BROKEN))
            await opened.save()
            written = opened.info.path.read_bytes()
            assert written == b"".join(r + b"\n" for r in [rows[0], BROKEN, *rows[2:]])
            assert opened.saved_at_ms is not None
            assert not opened.is_dirty
            assert opened.size_bytes == len(written)
            assert opened.row(1) == BROKEN

    run(steps())


def test_unsaved_edits_are_brought_back_at_the_next_opening(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            path = write_rows(tmp_path / "elsewhere.jsonl", rows_of(12))
            info = await made.add_dataset(path)
            opened = await open_session(made, info)
            opened.apply(SetRow(index=0, raw=BROKEN))
            opened.apply(DeleteRow(index=5))
            await opened.close()
            again = await open_session(made, info)
            assert len(again.recovered) == 2
            assert again.row(0) == BROKEN
            assert len(again) == 11
            assert again.is_dirty
            await again.save()
            await again.close()
            third = await open_session(made, info)
            assert (third.recovered, third.is_dirty) == ([], False)
            await third.close()
            assert [d.n_rows for d in await made.datasets()] == [11]

    run(steps())


def test_edits_that_fit_no_version_of_the_file_are_kept_and_told(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            path = write_rows(tmp_path / "elsewhere.jsonl", rows_of(12))
            info = await made.add_dataset(path)
            opened = await open_session(made, info)
            opened.apply(SetRow(index=0, raw=BROKEN))
            await opened.close()
            write_rows(path, rows_of(3))
            again = await open_session(made, info)
            assert (again.recovered, len(again.stale_edits)) == ([], 1)
            assert len(again) == 3
            await again.close()
            assert list((made.folder / "journal").glob("*.stale-1"))

    run(steps())


def test_a_dataset_that_is_open_elsewhere_can_only_be_read(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(12)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            other = await open_session(made, opened.info)
            assert "another window" in other.read_only_reason
            assert opened.read_only_reason == ""
            with pytest.raises(TunedeskError, match="only be read"):
                other.apply(DeleteRow(index=0))
            await other.close()

    run(steps())


def test_subscribers_are_told_once_for_many_edits_and_never_after_the_end(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(12)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            told: list[int] = []
            end = opened.subscribe(lambda: told.append(len(opened)))
            for _ in range(3):
                opened.apply(DeleteRow(index=0))
            await asyncio.sleep(0)
            assert told == [9]
            end()
            opened.apply(DeleteRow(index=0))
            await asyncio.sleep(0)
            assert told == [9]

    run(steps())


def test_a_large_file_is_checked_in_another_process_also_while_it_is_edited(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        rows = [*rows_of(6_000), b"not json"]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            checking = asyncio.create_task(opened.check())
            await until(lambda: opened.counts().train, "the first batch")
            opened.apply(DeleteRow(index=10))
            await checking
            await opened.check()
            counts = opened.counts()
            assert (counts.all, counts.errors) == (6_000, 1)
            assert counts.train + counts.test == 6_000
            assert 450 < counts.test < 750
            assert [issue.row for issue in opened.issues()] == [6_000]
            tokens = opened.state(5_998).tokens
            assert tokens is not None
            assert tokens > 5
            assert (
                opened.sendable("train").n_with_errors + opened.sendable("test").n_with_errors == 1
            )

    run(steps())


def test_closing_stops_a_check_that_runs(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            async with session(made, rows_of(3_000)) as opened:
                checking = asyncio.create_task(opened.check())
                await asyncio.sleep(0.05)
            with pytest.raises(asyncio.CancelledError):
                await checking

    run(steps())


def test_other_formats_are_recognised_at_opening(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [b"", raw({"prompt": "Once", "completion": " upon"})] * 2
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            assert opened.format is Format.COMPLETION
            with pytest.raises(IndexError):
                opened.state(4)

    run(steps())


def test_edits_that_cannot_be_journalled_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(journal: Journal, edit: object) -> None:
        raise TunedeskError("file.disk_full", "Not protected.", "The disk is full.", "Make room.")

    async def steps() -> None:
        rows = rows_of(12)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            told: list[bool] = []
            opened.subscribe(lambda: told.append(opened.journal_problem is not None))
            monkeypatch.setattr(Journal, "append", full)
            opened.apply(DeleteRow(index=0))
            await until(lambda: True in told, "the word about the journal")
            assert "disk is full" in str(opened.journal_problem)
            await opened.save()
            assert opened.journal_problem is None

    run(steps())


def test_reading_goes_on_while_the_file_is_written(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(30_000)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            opened.apply(DeleteRow(index=0))
            saving = asyncio.create_task(opened.save())
            n_read = 0
            while not saving.done():
                assert opened.row(n_read % 29_999) == rows[n_read % 29_999 + 1]
                n_read += 1
                await asyncio.sleep(0)
            await saving
            opened.apply(SetRow(index=5, raw=rows[0]))
            assert opened.row(5) == rows[0]
            assert opened.row(29_998) == rows[29_999]

    run(steps())
