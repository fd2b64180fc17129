"""E5: however and whenever the app dies, its engine is gone within two seconds."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.environment import base_model_folder

_N_KILLS = 50
_GONE_WITHIN_S = 2.0
_PARENT = """
import asyncio, sys
from pathlib import Path
from tunedesk.providers.engine_process import EngineProcess

async def live(data, runtime, log, models):
    engine = EngineProcess(lambda code: None)
    print("starting", flush=True)
    await engine.start(data, runtime, log, models)
    print("ready", flush=True)
    await asyncio.sleep(600)

asyncio.run(live(*map(Path, sys.argv[1:])))
"""


def _marked(mark: str) -> list[int]:
    """Processes that carry the mark in their environment, the dead ones left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            is_ours = mark.encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if is_ours:
            found.append(int(folder.name))
    return found


def _kill_once(folder: Path, rng: random.Random) -> None:
    mark = f"TUNEDESK_TEST_MARK={folder}"
    name, value = mark.split("=", 1)
    places = [folder / "data", folder / "run", folder / "engine.log", base_model_folder().parent]
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, *map(str, places)],
        env=os.environ | {name: value},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        until_ready = rng.random() < 0.5
        for _ in range(2 if until_ready else 1):
            parent.stdout.readline()
        assert not until_ready or len(_marked(mark)) >= 2, "the engine cannot be seen"
        time.sleep(rng.uniform(0, 0.3))  # where in its life the engine dies is the test's dice
        parent.kill()
    end_s = time.monotonic() + _GONE_WITHIN_S
    while _marked(mark) and time.monotonic() < end_s:
        time.sleep(0.02)
    assert _marked(mark) == []


@pytest.mark.engine
@pytest.mark.parametrize("seed", [20261123])
def test_no_engine_outlives_its_killed_app(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(_N_KILLS):
        folder = tmp_path / str(number)
        for part in ("data", "run"):
            (folder / part).mkdir(parents=True, mode=0o700)
        _kill_once(folder, rng)
