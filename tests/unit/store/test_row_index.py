"""Where rows lie, kept for the next start: right for the very file it was made of, else unused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tunedesk.core.edits import InsertRow
from tunedesk.store import row_index
from tunedesk.store.dataset_file import DatasetFile

_LONG_AGO_NS = 1_700_000_000 * 10**9


@pytest.fixture(autouse=True)
def small_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_index, "LEAST_BYTES", 0)
    monkeypatch.setattr(row_index, "is_settled", lambda _stat: True)


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(content)
    return path


def _rows(path: Path, index: Path) -> list[bytes]:
    file = DatasetFile.open(path, index)
    try:
        return list(file.rows())
    finally:
        file.close()


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}\n{"b": 2}\n',
        b'{"a": 1}\r\n{"b": 2}\n\n{"c": 3}',
        b'\xef\xbb\xbf{"a": 1}\n{"b": 2}',
        b"\n" * 300,
        b"x",
        b"",
    ],
)
def test_a_second_opening_has_the_same_rows_and_saves_the_same_bytes(
    tmp_path: Path, content: bytes
) -> None:
    path, index = _written(tmp_path, content), tmp_path / "kept.rows"
    first = _rows(path, index)
    assert index.exists()
    assert _rows(path, index) == first
    file = DatasetFile.open(path, index)
    file.apply(InsertRow(0, b"new"))
    file.save_copy(tmp_path / "copy.jsonl")
    file.close()
    again = DatasetFile.open(path)
    again.apply(InsertRow(0, b"new"))
    again.save_copy(tmp_path / "plain.jsonl")
    again.close()
    assert (tmp_path / "copy.jsonl").read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


def test_it_is_used_and_not_made_anew(tmp_path: Path) -> None:
    path, index = _written(tmp_path, b"one\ntwo\n"), tmp_path / "kept.rows"
    _rows(path, index)
    before = index.stat().st_mtime_ns, index.stat().st_ino
    _rows(path, index)
    assert (index.stat().st_mtime_ns, index.stat().st_ino) == before


def test_another_file_of_the_same_size_and_time_is_looked_through(tmp_path: Path) -> None:
    path, index = _written(tmp_path, b"one\ntwo\n"), tmp_path / "kept.rows"
    os.utime(path, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
    _rows(path, index)
    path.write_bytes(b"o\ne\ntwo\n")
    os.utime(path, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
    assert _rows(path, index) == [b"o", b"e", b"two"]
    assert _rows(path, index) == [b"o", b"e", b"two"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: kept[:-3],
        lambda kept: b"",
        lambda kept: b"{}\n" + kept,
        lambda kept: kept.split(b"\n", 1)[0] + b"\n" + bytes(len(kept.split(b"\n", 1)[1])),
    ],
    ids=["cut", "empty", "other", "zeros"],
)
def test_a_damaged_one_counts_for_nothing(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path, index = _written(tmp_path, b"one\ntwo\nthree\n"), tmp_path / "kept.rows"
    _rows(path, index)
    index.write_bytes(spoil(index.read_bytes()))
    assert _rows(path, index) == [b"one", b"two", b"three"]


def test_nothing_is_kept_of_a_file_that_has_just_been_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_index, "is_settled", lambda stat: stat.st_size < 0)
    path, index = _written(tmp_path, b"one\n"), tmp_path / "kept.rows"
    assert _rows(path, index) == [b"one"]
    assert not index.exists()


def test_where_it_cannot_be_written_the_dataset_opens_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert _rows(_written(tmp_path, b"one\n"), tmp_path / "file" / "kept.rows") == [b"one"]
