"""E5: however and whenever the app dies, its engine is gone within two seconds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dying_parents import MARK
from tests.support.dying_programs import ROOT
from tests.support.environment import base_model_folder

_N_KILLS = 50
_GONE_WITHIN_S = 2.0


@pytest.fixture
def parents() -> Iterator[subprocess.Popen[str]]:
    """What starts an app for each folder that it is told."""
    models = str(base_model_folder().parent)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.dying_parents", models],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        yield started
    assert started.returncode == 0


def _marked(folder: Path) -> list[int]:
    """Engines of this folder or below it, by the mark in their environment, and their children."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            is_ours = mark in (process / "environ").read_bytes()
        except OSError:
            continue
        if is_ours:
            found.append(int(process.name))
    return found


def _kill_once(folder: Path, rng: random.Random, parents: subprocess.Popen[str]) -> None:
    assert parents.stdin is not None and parents.stdout is not None
    parents.stdin.write(f"{folder}\n")
    parents.stdin.flush()
    said = parents.stdout.readline()
    if said == "ready\n":  # by the one before, in its last moment
        said = parents.stdout.readline()
    if rng.random() < 0.5:
        assert parents.stdout.readline() == "ready\n"
        assert _marked(folder), "the engine cannot be seen"
    time.sleep(rng.uniform(0, 0.3))  # where in its life the engine dies is the test's dice
    os.kill(int(said), signal.SIGKILL)
    _expect_none(folder)


def _expect_none(folder: Path) -> None:
    end_s = time.monotonic() + _GONE_WITHIN_S
    while _marked(folder) and time.monotonic() < end_s:
        time.sleep(0.02)
    assert _marked(folder) == []


@pytest.mark.engine
@pytest.mark.parametrize("seed", [20261123])
def test_no_engine_outlives_its_killed_app(
    tmp_path: Path, seed: int, parents: subprocess.Popen[str]
) -> None:
    rng = random.Random(seed)
    for number in range(_N_KILLS):
        folder = tmp_path / str(number)
        for part in ("data", "run"):
            (folder / part).mkdir(parents=True, mode=0o700)
        _kill_once(folder, rng, parents)
    _expect_none(tmp_path)  # one that was only forked when it was looked for
