"""Looking for rows that are alike among a million: how fast, how much memory, and again after an
edit."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

from tests.bench.million_rows import N_ROWS
from tests.bench.timing import Row, best_s
from tests.bench.window_memory import anonymous_bytes, checking_processes
from tests.support.projects import home, project
from tunedesk.core.edits import SetRow
from tunedesk.services.dataset.session import DatasetSession, open_session

_LOOK_S = 0.05
_MIB = 1 << 20
_STAGES = ("sample", "texts", "alike")
_DICTS = (
    "import json, sys; rows = []\n"
    "for line in open(sys.argv[1], 'rb'):\n"
    "    try: rows.append(json.loads(line))\n"
    "    except ValueError: pass\n"
    "status = open('/proc/self/status').read()\n"
    "print(status.split('RssAnon:')[1].split()[0])"
)


def alike(path: Path) -> list[Row]:
    """Of the rows of `path`, a million: at first and after an edit of one of them."""
    first_s, again_s, peak_bytes = asyncio.run(_measured(path))
    (plain_s,) = best_s(lambda: _plain(path), repeats=1)
    dicts = subprocess.run([sys.executable, "-c", _DICTS, str(path)], capture_output=True)
    name, plain = "alike rows of a million", "json.loads of each row"
    return [
        Row(name, "rows/s", N_ROWS / first_s, N_ROWS / plain_s, plain),
        Row(f"{name}, after an edit", "rows/s", N_ROWS / again_s, N_ROWS / plain_s, plain),
        Row(
            f"{name}, memory of all processes",
            "MiB",
            peak_bytes / _MIB,
            int(dicts.stdout) / 1024,
            "json.loads of each row into a list",
        ),
    ]


async def _measured(path: Path) -> tuple[float, float, int]:
    """Seconds of both looks, and the most memory the first one took over an open session."""
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        async with home(Path(folder)) as place, project(place) as made:
            session = await open_session(made, await made.add_dataset(path))
            try:
                first_s, peak_bytes = await _look(session)
                session.apply(SetRow(index=500_000, raw=session.row(499_999)))
                return first_s, (await _look(session))[0], peak_bytes
            finally:
                await session.close()


async def _look(session: DatasetSession) -> tuple[float, int]:
    """A whole check; only what comes after the tokens counts."""
    checking = asyncio.create_task(session.check())
    while not (session.check_state and session.check_state.stage in _STAGES):
        await asyncio.sleep(0.005)
    before, start_s = anonymous_bytes(os.getpid()), time.perf_counter()
    is_over, peak = Event(), [0]
    watching = Thread(target=_watch, args=(is_over, peak))
    watching.start()
    await checking
    took_s = time.perf_counter() - start_s
    is_over.set()
    watching.join()
    return took_s, peak[0] - before


def _watch(is_over: Event, peak: list[int]) -> None:
    ours = os.getpid()
    while not is_over.wait(_LOOK_S):
        peak[0] = max(peak[0], sum(map(anonymous_bytes, [ours, *checking_processes(ours)])))


def _plain(path: Path) -> None:
    with path.open("rb") as lines:
        for line in lines:
            try:
                json.loads(line)
            except ValueError:
                continue
