"""What a million rows cost the app in memory: its own anonymous memory, beside an empty window's.

Each window is the real app in a process of its own, offscreen. The rows are open, painted,
checked and counted when the processes that check have ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.timing import Row

_LOOK_S = 0.25
_SETTLED_S = 6.0
_MOST_S = 900.0
_MIB = 1 << 20


def memory_over_an_empty_window(path: Path) -> Row:
    """RssAnon of the app's process with the rows of `path`, over that of an empty window."""
    empty = _window_bytes([])
    ours = _window_bytes([path])
    name = "memory of a million rows, over an empty window"
    return Row(name, "MiB", (ours - empty) / _MIB, empty / _MIB, "the empty window itself")


def _window_bytes(files: Sequence[Path]) -> int:
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as home:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TUNEDESK_HOME": home}
        command = [sys.executable, "-m", "tunedesk", *map(str, files)]
        app = subprocess.Popen(command, env=environment)
        try:
            _wait_until_settled(app, is_checking=bool(files))
            return _anonymous_bytes(app.pid)
        finally:
            app.terminate()
            app.wait(60)


def _wait_until_settled(app: subprocess.Popen[bytes], *, is_checking: bool) -> None:
    """Until nobody checks any more, and the memory has stayed as it is for a while."""
    until_s = time.monotonic() + _MOST_S
    has_checked = not is_checking
    quiet_since_s, before = time.monotonic(), 0
    while time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        assert app.poll() is None, "the app has ended"
        now, is_busy = _anonymous_bytes(app.pid), _is_checking(app.pid)
        has_checked = has_checked or is_busy
        if is_busy or not has_checked or abs(now - before) > _MIB:
            quiet_since_s, before = time.monotonic(), now
        if time.monotonic() - quiet_since_s > _SETTLED_S:
            return
    raise TimeoutError("the window does not come to rest")


def _anonymous_bytes(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


def _is_checking(process_id: int) -> bool:
    """Whether one of the processes that check is there."""
    tasks = Path(f"/proc/{process_id}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    return any(b"spawn_main" in _command(child) for child in children)


def _command(process_id: str) -> bytes:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""
