"""D2 as the app uses the disk: journal, its syncs, backup and file by the keeper's own threads."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.support.file_faults import CAUSES, FaultyDisk
from tests.support.projects import run
from tunedesk.core.edits import DeleteRow, InsertRow, RowEdit, SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.keeper import DatasetKeeper, open_keeper
from tunedesk.services.work.background import Lane
from tunedesk.store.backups import Backups

_ROWS = [b'{"row": %d}' % number for number in range(9)]
_LONG = b'{"long": "' + b"x" * (2 << 20) + b'"}'
_EDITS: list[RowEdit] = [SetRow(3, b'{"mine": 1}'), DeleteRow(0), InsertRow(5, b'{"mine": 2}')]


class Desk:
    """A dataset in a folder, opened as the app opens it."""

    def __init__(self, folder: Path, rows: list[bytes]) -> None:
        folder.mkdir()
        self.folder, self.path = folder, folder / "rows.jsonl"
        self.path.write_bytes(b"".join(row + b"\n" for row in rows))
        self.old = self.path.read_bytes()

    async def open(self) -> DatasetKeeper:
        backups = Backups(self.folder / "backups")
        return await open_keeper(Lane("test"), self.path, self.folder / "1.journal", backups)

    async def work(self, disk: FaultyDisk) -> tuple[list[bytes], list[TunedeskError]]:
        """Open, edit, sync and save while the disk fails; the rows then, and what was told."""
        keeper = await self.open()
        told: list[TunedeskError] = []
        with disk.plugged_in():
            for edit in _EDITS:
                keeper.apply(edit)
            keeper._sync()
            try:
                await keeper.save()
            except TunedeskError as error:
                told.append(error)
            rows = list(keeper.file.rows())
            await keeper.close()
        return rows, told + ([keeper.problem] if keeper.problem is not None else [])

    async def found(self) -> list[bytes]:
        """The rows that the next start shows."""
        keeper = await self.open()
        rows = list(keeper.file.rows())
        await keeper.close()
        return rows


@pytest.mark.parametrize("once", [True, False], ids=["once", "forever"])
@pytest.mark.parametrize(
    ("rows", "code"), [*((_ROWS, code) for code in CAUSES), ([_LONG, *_ROWS], errno.ENOSPC)]
)
def test_no_call_of_the_app_can_fail_harmfully(
    tmp_path: Path, rows: list[bytes], once: bool, code: int
) -> None:
    good, counted = Desk(tmp_path / "good", rows), FaultyDisk()
    edited, told = run(good.work(counted))
    assert not told
    assert counted.n_calls > 15
    for n in range(1, counted.n_calls + 1):
        desk, disk = Desk(tmp_path / f"desk-{n}", rows), FaultyDisk(n, code, once)
        shown, told = run(desk.work(disk))
        context = f"call {n} ({disk.failed[:1]})"
        assert shown == edited, context
        assert desk.path.read_bytes() in (desk.old, good.path.read_bytes()), context
        is_saved = desk.path.read_bytes() == good.path.read_bytes()
        if once or is_saved:
            assert run(desk.found()) == edited, context
        if not is_saved:
            assert any(CAUSES[code] in error.what for error in told), context
            assert all(str(desk.folder) in error.what for error in told), context


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_edits_of_a_full_disk_are_told_to_be_unprotected(tmp_path: Path, code: int) -> None:
    """What no disk takes cannot be kept; then the person is told before the app could die."""
    desk = Desk(tmp_path / "desk", _ROWS)
    _, told = run(desk.work(FaultyDisk(1, code, once=False)))
    assert any("not protected against a crash" in error.title for error in told)
    assert desk.path.read_bytes() == desk.old
