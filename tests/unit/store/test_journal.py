"""The journal: what it gives back, for which file, and when it keeps quiet."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from tunedesk.core.edits import DeleteRow, DeleteRows, InsertRow, MoveRows, RowEdit, SetRow, SetRows
from tunedesk.core.errors import TunedeskError
from tunedesk.store.base_file import BaseDigest
from tunedesk.store.journal import Journal

_LARGE = 1 << 30
_BASE = BaseDigest(size_bytes=_LARGE, ends_sha256="a", mtime_ns=1)
_SAVED = BaseDigest(size_bytes=_LARGE, ends_sha256="b", mtime_ns=2)
_OTHER = BaseDigest(size_bytes=_LARGE, ends_sha256="c", mtime_ns=3)
_EDITS: list[RowEdit] = [
    SetRow(0, b"\x00\xff raw"),
    InsertRow(1, b"{}", row_id=7),
    DeleteRow(2),
    MoveRows(0, 2, 1),
]


def written(path: Path, base: BaseDigest = _BASE) -> Journal:
    journal = Journal.open(path)
    journal.reset(base)
    for edit in _EDITS:
        journal.append(edit)
    return journal


def reopened(path: Path) -> Journal:
    return Journal.open(path)


def test_a_new_journal_has_nothing_to_recover(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "deep" / "1.journal")
    assert journal.recover(_BASE).status == "none"
    with pytest.raises(RuntimeError, match="reset"):
        journal.append(_EDITS[0])
    journal.close()


def test_edits_come_back_for_the_file_they_were_made_to(tmp_path: Path) -> None:
    written(tmp_path / "1.journal").close()
    journal = reopened(tmp_path / "1.journal")
    recovery = journal.recover(_BASE)
    assert recovery.status == "edits"
    assert list(recovery.edits) == _EDITS
    journal.append(DeleteRow(9))  # goes on after those
    journal.close()
    journal = reopened(tmp_path / "1.journal")
    assert list(journal.recover(_BASE).edits) == [*_EDITS, DeleteRow(9)]
    journal.close()


@pytest.mark.parametrize("n_rows", [999, 1_000, 1_001, 70_000])
def test_edits_of_many_rows_are_written_in_pieces_and_come_back_whole(
    tmp_path: Path, n_rows: int
) -> None:
    texts = SetRows(tuple((row, b"%d" % row) for row in range(n_rows)))
    journal = Journal.open(tmp_path / "1.journal")
    journal.reset(_BASE)
    for edit in (texts, DeleteRows(array("i", range(n_rows))), SetRow(0, b"after")):
        journal.append(edit)
    journal.close()
    journal = reopened(tmp_path / "1.journal")
    back = list(journal.recover(_BASE).edits)
    assert back == [texts, DeleteRows(list(range(n_rows))), SetRow(0, b"after")]
    journal.close()


def test_edits_to_another_file_are_stale_and_can_be_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "1.journal"
    written(path).close()
    journal = reopened(path)
    recovery = journal.recover(_OTHER)
    assert (recovery.status, len(recovery.edits)) == ("stale", 4)
    aside = journal.set_aside()
    journal.reset(_OTHER)
    journal.append(DeleteRow(0))
    journal.close()
    kept = Journal.open(aside)
    assert list(kept.recover(_BASE).edits) == _EDITS
    kept.close()
    journal = reopened(path)
    assert list(journal.recover(_OTHER).edits) == [DeleteRow(0)]
    journal.close()


def test_a_crash_between_save_and_reset_repeats_nothing(tmp_path: Path) -> None:
    journal = written(tmp_path / "1.journal")
    journal.mark_saving(_SAVED)
    journal.append(DeleteRow(5))
    journal.close()
    journal = reopened(tmp_path / "1.journal")
    assert list(journal.recover(_SAVED).edits) == [DeleteRow(5)], "the save went through"
    assert list(journal.recover(_BASE).edits) == [*_EDITS, DeleteRow(5)], "it did not"
    assert journal.recover(_OTHER).status == "stale"
    journal.close()


def test_a_saved_file_leaves_nothing_to_recover(tmp_path: Path) -> None:
    journal = written(tmp_path / "1.journal")
    journal.mark_saving(_SAVED)
    journal.reset(_SAVED)
    journal.close()
    journal = reopened(tmp_path / "1.journal")
    assert journal.recover(_SAVED).status == "none"
    journal.close()


def test_a_copied_small_file_keeps_its_journal_a_large_one_is_judged_by_its_time() -> None:
    small = BaseDigest(size_bytes=1000, ends_sha256="a", mtime_ns=1)
    assert small.matches(BaseDigest(size_bytes=1000, ends_sha256="a", mtime_ns=2))
    assert not small.matches(BaseDigest(size_bytes=1000, ends_sha256="b", mtime_ns=1))
    assert not _BASE.matches(BaseDigest(size_bytes=_LARGE, ends_sha256="a", mtime_ns=2))


def test_syncing_costs_nothing_when_nothing_was_appended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = written(tmp_path / "1.journal")
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    journal.sync()
    journal.sync()
    assert len(synced) == 1
    journal.append(DeleteRow(0))
    journal.sync()
    assert len(synced) == 2
    journal.close()
    journal.close()


def test_a_journal_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file in the folder's place")
    with pytest.raises(TunedeskError) as caught:
        Journal.open(tmp_path / "journal" / "1.journal")
    assert str(tmp_path / "journal") in caught.value.what
