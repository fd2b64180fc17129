"""A dataset file read, edited and saved: what the person's file looks like afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.jsonl_corpus import corpus, rows_of
from tunedesk.core.edits import DeleteRow, DeleteRows, InsertRow, MoveRows, SetRow, SetSplit
from tunedesk.core.errors import TunedeskError
from tunedesk.store.dataset_file import DatasetFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b'{"n":0}\n{"n":1}\n{"n":2}\n')
    return path


def opened(path: Path, content: bytes) -> DatasetFile:
    path.write_bytes(content)
    return DatasetFile.open(path)


@pytest.mark.parametrize("name", corpus())
def test_rows_are_the_lines_without_their_ends(tmp_path: Path, name: str) -> None:
    content = corpus()[name]
    file = opened(tmp_path / "a.jsonl", content)
    expected = rows_of(content)
    assert [file.row(i) for i in range(len(file))] == expected
    assert list(file.rows()) == expected
    assert not file.is_dirty
    file.close()


def test_a_large_file_is_copied_whole_wherever_an_edit_shifts_it(tmp_path: Path) -> None:
    """More than one stretch of the disk and one piece of memory, not at a block's begin."""
    rows = [b'{"n":%d,"c":"' % n + b"%04d" % n * 1_000 + b'"}' for n in range(9_000)]
    file = opened(tmp_path / "a.jsonl", b"\n".join(rows))
    rows[1], rows[8_000] = b"short", b"long" * 70_000
    file.apply(SetRow(1, rows[1]))
    file.apply(SetRow(8_000, rows[8_000]))
    file.save()
    file.close()
    assert (tmp_path / "a.jsonl").read_bytes() == b"\n".join(rows)


def test_edits_show_at_once_and_reach_the_disk_on_save(path: Path) -> None:
    file = DatasetFile.open(path)
    file.apply(SetRow(1, b"one"))
    file.apply(InsertRow(0, b"new"))
    file.apply(DeleteRow(3))
    assert list(file.rows()) == [b"new", b'{"n":0}', b"one"]
    assert file.is_dirty
    assert path.read_bytes() == b'{"n":0}\n{"n":1}\n{"n":2}\n'
    file.save()
    assert path.read_bytes() == b'new\n{"n":0}\none\n'
    assert not file.is_dirty
    assert file.saved_at_s is not None
    assert file.size_bytes == path.stat().st_size
    file.close()


def test_moved_and_new_rows_stay_where_they_are_after_a_save(path: Path) -> None:
    file = DatasetFile.open(path)
    file.apply(MoveRows(first=0, count=2, to=1))
    file.apply(InsertRow(0, b"x"))
    file.save()
    assert list(file.rows()) == [b"x", b'{"n":2}', b'{"n":0}', b'{"n":1}']
    assert not file.is_dirty
    file.close()


def test_an_undone_deletion_gives_the_file_back_even_after_a_save(path: Path) -> None:
    file = DatasetFile.open(path)
    inverse = file.apply(DeleteRow(1))
    file.save()
    file.apply(inverse)
    file.save()
    assert path.read_bytes() == b'{"n":0}\n{"n":1}\n{"n":2}\n'
    file.close()


def test_undoing_everything_leaves_nothing_to_save(path: Path) -> None:
    file = DatasetFile.open(path)
    inverses = [
        file.apply(SetRow(0, b"x")),
        file.apply(MoveRows(0, 1, 2)),
        file.apply(DeleteRow(0)),
    ]
    for inverse in reversed(inverses):
        file.apply(inverse)
    assert not file.is_dirty
    file.close()


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        (b"a\r\nb\r\n", InsertRow(2, b"c"), b"a\r\nb\r\nc\r\n"),
        (b"a\r\nb", SetRow(0, b"x"), b"x\r\nb"),
        (b"a\nb", InsertRow(2, b"c"), b"a\nb\nc"),
        (b"a\nb", MoveRows(1, 1, 0), b"b\na"),
        (b"a\nb", SetRow(1, b""), b"a\n\n"),
        (b"a\nb\r\n", SetRow(1, b"x"), b"a\nx\r\n"),
        (b"\xef\xbb\xbfa\nb\n", SetRow(1, b"x"), b"\xef\xbb\xbfa\nx\n"),
        (b"\xef\xbb\xbfa\nb\n", SetRow(0, b"a"), b"a\nb\n"),
        (b"", InsertRow(0, b"a"), b"a\n"),
        (b"\xef\xbb\xbf", SetRow(0, b"a"), b"a"),
        (b"a\n", DeleteRow(0), b""),
    ],
)
def test_the_files_own_manner_is_kept(
    tmp_path: Path, before: bytes, edit: SetRow, after: bytes
) -> None:
    path = tmp_path / "a.jsonl"
    file = opened(path, before)
    inverse = file.apply(edit)
    file.save()
    assert path.read_bytes() == after
    file.apply(inverse)
    file.save()
    assert path.read_bytes() == before
    file.close()


@pytest.mark.parametrize(
    "edit",
    [
        SetRow(3, b""),
        SetRow(-1, b""),
        InsertRow(4, b""),
        DeleteRow(3),
        MoveRows(2, 2, 0),
        MoveRows(0, 1, 3),
    ],
)
def test_an_edit_of_a_row_that_is_not_there_changes_nothing(path: Path, edit: SetRow) -> None:
    file = DatasetFile.open(path)
    with pytest.raises(IndexError):
        file.apply(edit)
    assert not file.is_dirty
    file.close()


def test_a_row_cannot_hold_a_line_end_and_a_split_is_not_the_files_business(path: Path) -> None:
    file = DatasetFile.open(path)
    with pytest.raises(ValueError, match="one line"):
        file.apply(SetRow(0, b"a\nb"))
    with pytest.raises(TypeError, match="SetSplit"):
        file.apply(SetSplit(0, "train"))  # type: ignore[arg-type]
    assert not file.is_dirty
    file.close()


def test_a_very_long_row_is_a_row_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    long = b'{"c":"' + b"x" * (64 << 20) + b'"}'
    file = opened(path, b"a\n" + long + b"\nb\n")
    assert len(file.row(1)) == len(long)
    file.apply(SetRow(0, b"A"))
    file.save()
    assert path.read_bytes() == b"A\n" + long + b"\nb\n"
    file.close()


def test_saving_through_a_link_keeps_the_link_and_the_mode(tmp_path: Path, path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    file = DatasetFile.open(link)
    file.apply(SetRow(0, b"x"))
    file.save()
    assert link.is_symlink()
    assert path.read_bytes().startswith(b"x\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert file.path == link
    file.close()


def test_no_file_but_the_dataset_is_left_in_the_folder(path: Path) -> None:
    file = DatasetFile.open(path)
    file.apply(SetRow(0, b"x"))
    file.save()
    file.close()
    assert [p.name for p in path.parent.iterdir()] == ["set.jsonl"]


def test_what_a_killed_save_left_is_cleared_by_the_next_writer(path: Path) -> None:
    from tunedesk.store.atomic import temporary_name

    temporary_name(path).write_bytes(b"half of it")
    DatasetFile.open(path).close()
    assert [p.name for p in path.parent.iterdir()] == ["set.jsonl"]


def test_a_copy_holds_the_edits_and_leaves_the_dataset_alone(tmp_path: Path, path: Path) -> None:
    file = DatasetFile.open(path)
    file.apply(DeleteRow(0))
    file.save_copy(tmp_path / "copy.jsonl")
    assert (tmp_path / "copy.jsonl").read_bytes() == b'{"n":1}\n{"n":2}\n'
    assert file.is_dirty
    with pytest.raises(TunedeskError, match="copy was not saved"):
        file.save_copy(path)
    file.close()


def test_create_makes_an_empty_dataset_once(tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    file = DatasetFile.create(path)
    assert len(file) == 0
    file.close()
    with pytest.raises(TunedeskError, match="already") as caught:
        DatasetFile.create(path)
    assert caught.value.code == "file.exists"


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo"])
def test_what_cannot_be_opened_is_said_with_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "thing.jsonl"
    if kind == "folder":
        path.mkdir()
    if kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(TunedeskError) as caught:
        DatasetFile.open(path)
    assert str(path) in caught.value.what
    assert caught.value.next_step


def test_closing_twice_is_harmless(path: Path) -> None:
    file = DatasetFile.open(path)
    file.close()
    file.close()


def test_rows_taken_before_a_save_come_back_with_their_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    before = b"a\r\nb\nc\r\nd\ne\n"
    file = opened(path, before)
    file.apply(SetRow(2, b"edited"))
    put_back = file.apply(DeleteRows((0, 2, 3)))
    file.save()
    assert path.read_bytes() == b"b\ne\n"
    as_journalled = file.journalled(put_back)
    take_again = file.apply(put_back)
    assert list(file.rows()) == [b"a", b"b", b"edited", b"d", b"e"]
    file.apply(take_again)
    file.apply(as_journalled)
    file.save()
    assert path.read_bytes() == b"a\r\nb\nedited\r\nd\ne\n"
    file.close()


def test_rows_that_are_there_cannot_be_put_back(path: Path) -> None:
    file = DatasetFile.open(path)
    put_back = file.apply(DeleteRows((0, 1)))
    file.apply(put_back)
    with pytest.raises(IndexError):
        file.apply(put_back)
    assert len(file) == 3
    file.close()
