"""Files of one session: there while it runs, gone with it, and swept after a crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import home, project, run
from tunedesk.core.errors import TunedeskError
from tunedesk.store.folders import Folders
from tunedesk.store.scratch import Scratch, sweep

DIES = (
    "import os, sys, pathlib; from tunedesk.store.scratch import Scratch;"
    "Scratch(pathlib.Path(sys.argv[1])).file('left').write_bytes(b'x'); os._exit(9)"
)


def test_files_go_with_their_session(tmp_path: Path) -> None:
    one, other = Scratch(tmp_path / "scratch"), Scratch(tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()
    path = one.file("rows")
    path.write_bytes(b"1")
    kept = other.file("rows")
    assert one.file("rows").read_bytes() == b"1"
    one.drop("rows", "not there")
    assert not path.exists()
    one.file("others")
    one.close()
    one.close()
    assert not path.parent.exists()
    assert kept.exists()
    other.close()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TunedeskError, match="The rows were not compared") as caught:
        Scratch(tmp_path / "file" / "scratch").file("rows")
    assert str(tmp_path / "file") in str(caught.value)


def test_a_sweep_takes_what_a_dead_process_left_and_nothing_else(tmp_path: Path) -> None:
    ours = Scratch(tmp_path)
    kept = ours.file("rows")
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)]).returncode == 9
    (left,) = tmp_path.glob("*/left")
    sweep(tmp_path)
    assert not left.parent.exists()
    assert kept.exists()
    ours.close()
    assert list(tmp_path.iterdir()) == []
    sweep(tmp_path / "not there")


def test_the_next_start_sweeps(tmp_path: Path) -> None:
    scratch = Folders.of_user({"TUNEDESK_HOME": str(tmp_path)}).cache / "scratch"
    subprocess.run([sys.executable, "-c", DIES, str(scratch)])
    assert list(scratch.glob("*/left"))

    async def steps() -> None:
        async with home(tmp_path) as place, project(place):
            assert list(scratch.iterdir()) == []

    run(steps())
