"""D7 and D8: other programs and other windows at the same file."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.dying_programs import start
from tunedesk.core.edits import SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.store.base_file import BaseDigest
from tunedesk.store.dataset_file import DatasetFile

_CONTENT = b"".join(b'{"row":%d}\n' % i for i in range(2000))
_PATIENCE_S = 60


def rewrite_in_place(path: Path) -> None:
    path.write_bytes(b"somebody else's work\n" * 3000)


def cut_short(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(5)


def same_size(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(b'{"ROW"')


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"from another editor\n")
    other.replace(path)


def removed(path: Path) -> None:
    path.unlink()


_CHANGES = [rewrite_in_place, cut_short, same_size, replaced, removed]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_bytes(_CONTENT)
    return path


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("when", ["before the edit", "after the edit", "during the save"])
def test_a_file_changed_outside_is_not_overwritten(
    path: Path, change: Callable[[Path], None], when: str
) -> None:
    file = DatasetFile.open(path)
    found: list[bytes | None] = []

    def meddle(_digest: BaseDigest | None = None) -> None:
        change(path)
        found.append(content_of(path))

    if when == "before the edit":
        meddle()
    file.apply(SetRow(1500, b"mine"))
    if when == "after the edit":
        meddle()
    with pytest.raises(TunedeskError, match="Another program") as caught:
        file.save(meddle if when == "during the save" else None)
    assert caught.value.code == "dataset.changed_outside"
    assert str(path) in caught.value.what
    assert file.is_changed_outside()
    assert content_of(path) == found[0]
    assert file.row(1500) == b"mine"
    assert file.is_dirty
    assert not list(path.parent.glob(".tunedesk-*"))
    file.close()


def test_rows_of_a_file_cut_short_end_early_and_harm_nothing(tmp_path: Path, path: Path) -> None:
    file = DatasetFile.open(path)
    cut_short(path)
    assert file.row(1999) == b""
    with pytest.raises(TunedeskError, match="read or write error"):
        file.save_copy(tmp_path / "copy.jsonl")
    assert not (tmp_path / "copy.jsonl").exists()
    file.close()


def test_a_copy_saves_the_edits_of_a_file_that_was_replaced(tmp_path: Path, path: Path) -> None:
    file = DatasetFile.open(path)
    file.apply(SetRow(0, b"mine"))
    replaced(path)
    file.save_copy(tmp_path / "copy.jsonl")
    assert (tmp_path / "copy.jsonl").read_bytes().startswith(b'mine\n{"row":1}\n')
    file.close()


def test_the_second_opener_reads_and_is_told_so(path: Path) -> None:
    first, second = DatasetFile.open(path), DatasetFile.open(path)
    assert not first.is_read_only
    assert second.is_read_only
    with pytest.raises(TunedeskError, match="another window"):
        second.apply(SetRow(0, b"x"))
    first.apply(SetRow(0, b"x"))
    first.save()
    third = DatasetFile.open(path)
    assert third.is_read_only, "the lock goes over to the new file"
    assert third.row(0) == b"x"
    assert second.is_changed_outside()
    for file in (first, second, third):
        file.close()
    after = DatasetFile.open(path)
    assert not after.is_read_only
    after.close()


def test_of_programs_that_open_at_once_one_writes(path: Path) -> None:
    for _, n_programs in itertools.product(range(25), (2, 3)):
        programs = [start("hold", str(path)) for _ in range(n_programs)]
        for program in programs:
            assert line_from(program) == "ready"
        for program in programs:
            tell(program)
        roles = sorted(line_from(program) for program in programs)
        assert roles == ["reader"] * (n_programs - 1) + ["writer"]
        for program in programs:
            with program:
                program.communicate("\n", timeout=_PATIENCE_S)


def test_a_killed_writer_leaves_no_lock(path: Path) -> None:
    with start("hold", str(path)) as program:
        line_from(program)
        tell(program)
        assert line_from(program) == "writer"
        program.kill()
        program.wait(_PATIENCE_S)
    file = DatasetFile.open(path)
    assert not file.is_read_only
    file.close()


def line_from(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def tell(program: subprocess.Popen[str]) -> None:
    assert program.stdin is not None
    program.stdin.write("\n")
    program.stdin.flush()
