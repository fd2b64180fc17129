"""The compute lock between processes: exclusive, fair, and freed by death."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tunedesk.engine.compute_lock import ComputeLock

_GREEDY = """
import sys, time
from pathlib import Path
from tunedesk.engine.compute_lock import ComputeLock
lock = ComputeLock(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    with lock.turn():
        time.sleep(0.05)
"""


def _greedy(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _GREEDY, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_one_that_never_rests_lets_the_other_in(tmp_path: Path) -> None:
    lock = ComputeLock(tmp_path)
    with _greedy(tmp_path) as other:
        started_s = time.monotonic()
        for _ in range(10):
            with lock.turn():
                pass
        took_s = time.monotonic() - started_s
        other.kill()
    lock.close()
    assert took_s < 3  # ten turns of at most one slice of the other each, with room for load


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    lock = ComputeLock(tmp_path)
    with _greedy(tmp_path) as other:
        other.kill()
    started_s = time.monotonic()
    with lock.turn():
        assert time.monotonic() - started_s < 1
    lock.close()
