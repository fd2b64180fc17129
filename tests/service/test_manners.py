"""What a check of many rows leaves to the window and to other programs."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import home, project, rows_of, run, session, until

_FREES_MUCH = """
from pathlib import Path
from tunedesk.services.work.spare_memory import give_back

def used_kib():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0])

pieces = [bytearray(4_000) for _ in range(10_000)]
last = bytearray(4_000)  # stands above them: the C library keeps what is below
del pieces
before = used_kib()
give_back()
print(before - used_kib())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone keeps so much")
def test_freed_memory_goes_back_to_the_system() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _FREES_MUCH], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) > 30_000


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_the_processes_that_check_let_the_window_go_first(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(3_000)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            checking = asyncio.create_task(opened.check())
            await until(lambda: opened.counts().train, "the first batch")
            workers = multiprocessing.active_children()
            assert workers
            own = _niceness("self")
            assert all(_niceness(str(worker.pid)) >= min(own + 5, 19) for worker in workers)
            await checking

    run(steps())


def _niceness(process: str) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[16])
