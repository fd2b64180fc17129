"""D2: whatever call fails, the dataset is wholly old or new and no edit is lost."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from tests.support.file_faults import CAUSES, FaultyDisk
from tunedesk.core.edits import DeleteRow, InsertRow, MoveRows, RowEdit, SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal
from tunedesk.store.settings import SettingsStore

_OLD = b"\xef\xbb\xbf" + b"".join(b'{"row": %d}\r\n' % i for i in range(40))
_EDITS: list[RowEdit] = [
    SetRow(3, b"x" * 1000),
    MoveRows(0, 5, 20),
    DeleteRow(7),
    InsertRow(0, '"ใหม่"'.encode()),
]


class Desk:
    """A dataset with its journal, edited and not yet saved."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path, self.journal_path = folder / "set.jsonl", folder / "journal" / "1.journal"
        self.path.write_bytes(_OLD)
        self.open()
        self.journal.reset(self.file.digest())
        for edit in _EDITS:
            self.file.apply(edit)
            self.journal.append(edit)
        self.rows = list(self.file.rows())

    def open(self) -> None:
        self.file = DatasetFile.open(self.path)
        self.journal = Journal.open(self.journal_path)

    def save(self) -> None:
        self.file.save(self.journal.mark_saving)
        self.journal.reset(self.file.digest())

    def close(self) -> None:
        self.file.close()
        self.journal.close()

    def crash_and_recover(self) -> list[bytes]:
        """What a new start finds: the file with the journal's edits."""
        self.close()
        self.open()
        recovery = self.journal.recover(self.file.digest())
        assert recovery.status in ("none", "edits")
        for edit in recovery.edits:
            self.file.apply(edit)
        return list(self.file.rows())


@pytest.fixture(scope="module")
def new_content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    desk = Desk(tmp_path_factory.mktemp("good") / "desk")
    desk.save()
    desk.close()
    return desk.path.read_bytes()


def n_calls_of_a_save(folder: Path) -> int:
    desk, disk = Desk(folder), FaultyDisk()
    with disk.plugged_in():
        desk.save()
    desk.close()
    return disk.n_calls


@pytest.mark.parametrize("once", [True, False], ids=["once", "forever"])
@pytest.mark.parametrize("code", CAUSES, ids=CAUSES.values())
def test_no_call_of_a_save_can_fail_harmfully(
    tmp_path: Path, new_content: bytes, code: int, once: bool
) -> None:
    n_calls = n_calls_of_a_save(tmp_path / "counted")
    assert n_calls > 10
    for n in range(1, n_calls + 1):
        desk = Desk(tmp_path / f"desk-{n}")
        disk = FaultyDisk(n, code, once)
        with disk.plugged_in():
            problem = problem_of(desk)
        context = f"call {n} ({disk.failed[:1]})"

        if problem is not None:
            assert CAUSES[code] in problem.what, context
            assert str(desk.path.parent) in problem.what, context
        assert desk.path.read_bytes() in (_OLD, new_content), context
        assert list(desk.file.rows()) == desk.rows, context
        assert desk.crash_and_recover() == desk.rows, context

        desk.save()  # the disk works again
        assert desk.path.read_bytes() == new_content, context
        desk.close()
        assert not list(desk.path.parent.glob("**/.tunedesk-*")), context


def problem_of(desk: Desk) -> TunedeskError | None:
    try:
        desk.save()
    except TunedeskError as error:
        return error
    return None


@pytest.mark.parametrize("code", CAUSES, ids=CAUSES.values())
def test_a_failed_save_leaves_the_original_and_stays_dirty(tmp_path: Path, code: int) -> None:
    desk = Desk(tmp_path / "desk")
    with FaultyDisk(1, code, once=False).plugged_in(), pytest.raises(TunedeskError) as caught:
        desk.save()
    assert caught.value.title == "The dataset was not saved."
    assert desk.path.read_bytes() == _OLD
    assert desk.file.is_dirty
    desk.close()


def test_an_unconfirmed_save_is_still_to_be_saved(tmp_path: Path) -> None:
    """The new file is in place and the folder's sync fails: nobody may call that saved."""
    desk = Desk(tmp_path / "desk")
    disk = FaultyDisk(n_calls_until_folder_sync(tmp_path / "counted"))
    with disk.plugged_in(), pytest.raises(TunedeskError, match="does not confirm"):
        desk.file.save()
    assert disk.failed == ["fsync"]
    assert desk.file.is_dirty
    desk.file.save()
    assert not desk.file.is_dirty
    desk.close()


def n_calls_until_folder_sync(folder: Path) -> int:
    desk, disk = Desk(folder), FaultyDisk()
    with disk.plugged_in():
        desk.file.save()
    desk.close()
    return disk.n_calls - 1  # the last call closes the folder


@pytest.mark.parametrize("once", [True, False], ids=["once", "forever"])
def test_a_journal_that_failed_goes_on_where_it_was(tmp_path: Path, once: bool) -> None:
    """Half a record from a full disk must not hide those that follow it."""
    desk = Desk(tmp_path / "desk")
    edits: list[RowEdit] = [SetRow(i, b"later %d" % i) for i in range(6)]
    for edit in edits:
        desk.file.apply(edit)
        disk = FaultyDisk(1, once=once)
        with disk.plugged_in(), pytest.raises(TunedeskError, match="not protected"):
            desk.journal.append(edit)
        desk.journal.append(edit)
    rows = list(desk.file.rows())
    assert desk.crash_and_recover() == rows
    desk.close()


def test_a_folder_that_takes_no_new_files_is_said_at_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(_OLD)
    monkeypatch.setattr("os.access", lambda place, _mode: place != tmp_path)
    file = DatasetFile.open(path)
    assert file.is_read_only
    assert "folder" in file.read_only_reason
    with pytest.raises(TunedeskError, match="only be read"):
        file.apply(DeleteRow(0))
    with pytest.raises(TunedeskError, match="only be read"):
        file.save()
    file.close()


def test_a_disk_that_takes_a_little_at_a_time_gets_everything(
    tmp_path: Path, new_content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr("os.write", lambda descriptor, data: real_write(descriptor, data[:100]))
    desk = Desk(tmp_path / "desk")
    assert desk.crash_and_recover() == desk.rows
    desk.save()
    assert desk.path.read_bytes() == new_content
    desk.close()


@pytest.mark.parametrize("what", ["dataset", "journal", "settings"])
def test_content_is_on_the_disk_before_its_name_and_the_name_before_the_end(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order a power cut can take apart: data synced, renamed, folder synced."""
    desk = Desk(tmp_path / "desk")
    calls: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        calls.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        real_fsync(descriptor)

    def replace(source: Path, target: Path) -> None:
        calls.append("rename")
        real_replace(source, target)

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("os.replace", replace)
    match what:
        case "dataset":
            desk.file.save()
        case "journal":
            desk.journal.reset(desk.file.digest())
        case _:
            SettingsStore(tmp_path / "settings.json").set("theme", "dark")
    assert calls == ["sync file", "rename", "sync folder"]
    desk.close()


def test_the_journals_mark_is_on_the_disk_before_the_dataset_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "desk")
    synced: list[int] = []
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real_fsync(descriptor)

    def replace(_source: Path, _target: Path) -> None:
        raise OSError(errno.EIO, "stopped here")

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(TunedeskError):
        desk.file.save(desk.journal.mark_saving)
    assert synced[-1] == desk.journal_path.stat().st_ino
    desk.close()
