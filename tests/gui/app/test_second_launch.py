"""A second launch while the app runs: the first window comes forward and takes the files."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk_bench import Desks
from tests.support.gui_loop import GuiLoop
from tests.support.projects import rows_of, write_rows
from tunedesk.app.front_door import hand_over

_SAMPLE = "Marv, the sarcastic one"
_posix = pytest.mark.skipif(os.name != "posix", reason="the door is a socket in a folder")


def _launch_again(gui_loop: GuiLoop, home: Path, *files: Path) -> int:
    """`python -m tunedesk FILES` on the same home; its exit code."""

    async def launch() -> int:
        environment = {**os.environ, "TUNEDESK_HOME": str(home)}
        command = [sys.executable, "-m", "tunedesk", *map(str, files)]
        process = await asyncio.to_thread(subprocess.Popen, command, env=environment)
        try:
            return await asyncio.to_thread(process.wait, 60)
        finally:
            process.kill()

    gui_loop.settle(_door(home).exists)
    return gui_loop.run(launch())


def _door(home: Path) -> Path:
    return home / "runtime" / "app.sock"


@_posix
def test_a_second_launch_hands_its_files_over_and_ends(
    desks: Desks, gui_loop: GuiLoop, tmp_path: Path
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE, "marv.jsonl")
    app.window.showMinimized()
    mine = write_rows(tmp_path / "support.jsonl", rows_of(3))
    assert _launch_again(gui_loop, tmp_path / "home", mine) == 0
    app.until_open(_SAMPLE, "support.jsonl")
    assert not app.window.isMinimized()
    assert app.page == "data"


@_posix
def test_what_a_killed_app_left_is_no_door(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    assert not hand_over(runtime, [])
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(runtime / "app.sock"))
    assert not hand_over(runtime, [])


@_posix
def test_nonsense_at_the_door_is_turned_away(
    desks: Desks, gui_loop: GuiLoop, tmp_path: Path
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE, "marv.jsonl")
    door = _door(tmp_path / "home")
    assert door.stat().st_mode & 0o077 == 0

    async def knock(words: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(door))
        writer.write(words)
        answer = await reader.read()
        writer.close()
        return answer

    for words in (b"[]\n", b"\xff\n", b"[3]\n"):
        assert gui_loop.run(knock(words)) == b""
    assert gui_loop.run(knock(b"[[]]\n")) == b"ok\n"
    app.until_idle()


@_posix
def test_after_the_end_there_is_no_door(desks: Desks, tmp_path: Path) -> None:
    app = desks.start()
    app.until_open(_SAMPLE, "marv.jsonl")
    app.close()
    assert not hand_over(tmp_path / "home" / "runtime", [])
