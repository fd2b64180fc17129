"""D1 on a disk that takes seconds to sync: an edit is in the journal all the same, at once."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from tests.support.file_faults import FaultyDisk
from tests.support.projects import run
from tunedesk.core.edits import InsertRow, RowEdit, SetRow
from tunedesk.services.dataset.keeper import DatasetKeeper, open_keeper
from tunedesk.services.work.background import Lane
from tunedesk.store.backups import Backups
from tunedesk.store.journal import Journal

_FIRST, _SECOND = SetRow(0, b'{"n":1}'), SetRow(1, b'{"n":2}')


class SlowDisk:
    """Syncs begin, and end when `let_go` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.has_begun, self.let_go = threading.Event(), threading.Event()
        self._real = os.fsync
        monkeypatch.setattr("os.fsync", self._fsync)

    def _fsync(self, descriptor: int) -> None:
        self.has_begun.set()
        assert self.let_go.wait(60)
        self._real(descriptor)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_bytes(b'{"n":0}\n{"n":0}\n')
    return tmp_path / "1.journal"


async def _opened(journal: Path) -> DatasetKeeper:
    backups = Backups(journal.parent / "backups")
    return await open_keeper(Lane("test"), journal.parent / "rows.jsonl", journal, backups)


def _left_by_a_kill(path: Path) -> list[RowEdit]:
    """What is in the journal now, read from a copy."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    left = Journal.open(copy)
    edits = [record for record in left._records if isinstance(record, SetRow | InsertRow)]
    left.close()
    return list(edits)


async def _until_in_journal(path: Path, *edits: RowEdit) -> None:
    async with asyncio.timeout(30):
        while _left_by_a_kill(path) != list(edits):
            await asyncio.sleep(0.005)


def test_an_edit_does_not_wait_for_the_sync_of_those_before(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        keeper = await _opened(journal)
        disk = SlowDisk(monkeypatch)
        keeper.apply(_FIRST)
        await asyncio.to_thread(disk.has_begun.wait, 30)  # it begins by itself
        try:
            keeper.apply(_SECOND)
            await _until_in_journal(journal, _FIRST, _SECOND)
        finally:
            disk.let_go.set()
        await keeper.close()
        assert keeper.problem is None

    run(work())


def test_a_sync_that_fails_late_is_told_and_done_again(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def fail_first(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            raise OSError(5, "Input/output error")

    async def work() -> None:
        keeper = await _opened(journal)
        monkeypatch.setattr("os.fsync", fail_first)
        told = asyncio.Event()
        keeper.on_problem = told.set
        keeper.apply(_FIRST)
        async with asyncio.timeout(30):
            await told.wait()
        assert keeper.problem is not None
        assert "not protected" in keeper.problem.title
        await keeper.close()
        assert len(synced) == 2, "what failed is not taken for done"

    run(work())


def test_an_edit_between_ctrl_s_and_the_save_is_done_once(journal: Path) -> None:
    """In the saved file or in the journal: in both it would be done twice at the next start."""

    async def work() -> None:
        keeper = await _opened(journal)
        let_go = threading.Event()
        keeper._lane.post(let_go.wait, 60)  # whatever the disk is busy with
        keeper._saving.post(let_go.wait, 60)
        saving = asyncio.ensure_future(keeper.save())
        await asyncio.sleep(0)
        keeper.apply(InsertRow(0, b'{"n":3}'))
        let_go.set()
        await saving
        await keeper._lane.run(lambda: None)
        assert _left_by_a_kill(journal) == []
        await keeper.close()
        again = await _opened(journal)
        assert list(again.file.rows()) == [b'{"n":3}', b'{"n":0}', b'{"n":0}']
        await again.close()

    run(work())


def test_rows_are_edited_and_protected_while_the_file_is_written(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        keeper = await _opened(journal)
        keeper.apply(_FIRST)
        await _until_in_journal(journal, _FIRST)
        disk = SlowDisk(monkeypatch)
        saving = asyncio.ensure_future(keeper.save())
        await asyncio.to_thread(disk.has_begun.wait, 30)
        try:
            assert keeper.is_saving
            keeper.apply(_SECOND)
            assert keeper.row(1) == _SECOND.raw
            await _until_in_journal(journal, _FIRST, _SECOND)
            assert not saving.done()
        finally:
            disk.let_go.set()
        await saving
        assert not keeper.is_saving
        assert keeper.file.is_dirty
        assert (journal.parent / "rows.jsonl").read_bytes() == b'{"n":1}\n{"n":0}\n'
        assert _left_by_a_kill(journal) == [_SECOND]
        await keeper.save()
        assert (journal.parent / "rows.jsonl").read_bytes() == b'{"n":1}\n{"n":2}\n'
        assert not keeper.file.is_dirty
        await keeper.close()

    run(work())


def test_an_edit_that_the_disk_refused_is_not_left_out_between_others(journal: Path) -> None:
    async def work() -> None:
        keeper = await _opened(journal)
        with FaultyDisk(1, errno.ENOSPC).plugged_in():
            keeper.apply(InsertRow(0, b'{"n":3}'))
            await keeper._lane.run(lambda: None)
        keeper.apply(_FIRST)
        await _until_in_journal(journal, InsertRow(0, b'{"n":3}'), _FIRST)
        await keeper.close()

    run(work())
