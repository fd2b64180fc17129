"""Rows end at a line feed and at nothing else."""

from __future__ import annotations

import mmap
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core.lines import iter_rows, line_end, line_offsets, without_line_end


@pytest.mark.parametrize(
    ("buffer", "offsets", "rows"),
    [
        (b"", [0], []),
        (b"a", [0, 1], [b"a"]),
        (b"a\n", [0, 2], [b"a"]),
        (b"a\n\nb", [0, 2, 3, 4], [b"a", b"", b"b"]),
        (b"a\r\nb\rc\r\n", [0, 3, 8], [b"a", b"b\rc"]),
        (b"\n", [0, 1], [b""]),
        (b"a\x0b\x0c\x1c\x85b", [0, 6], [b"a\x0b\x0c\x1c\x85b"]),
        ("a\u2028b\u2029c".encode(), [0, 9], ["a\u2028b\u2029c".encode()]),
    ],
)
def test_rows_and_their_offsets(buffer: bytes, offsets: list[int], rows: list[bytes]) -> None:
    assert list(line_offsets(buffer)) == offsets
    assert list(iter_rows(buffer)) == rows


@given(st.lists(st.sampled_from([b"\n", b"\r", b"a", b"\r\n", b"\xff"])).map(b"".join))
def test_offsets_cut_the_buffer_without_loss(buffer: bytes) -> None:
    offsets = line_offsets(buffer)
    lines = [buffer[a:b] for a, b in pairwise(offsets)]
    assert b"".join(lines) == buffer
    assert [without_line_end(line) for line in lines] == list(iter_rows(buffer))
    assert all(without_line_end(line) + line_end(line) == line for line in lines)


def test_a_mapped_file_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"a\r\nb\n\nc")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert list(line_offsets(mapped)) == [0, 3, 5, 6, 7]
        assert list(iter_rows(mapped)) == [b"a", b"b", b"", b"c"]
