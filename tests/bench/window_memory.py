"""What a million rows cost the app in memory: its own anonymous memory, beside an empty window's.

Each window is the real app in a process of its own, offscreen; the empty one shows the sample
rows of a first start. The rows are open, painted, checked, counted and compared when the processes
that check have ended; what those use is a figure of its own. Where that takes longer than
`_MOST_S` the figure is of that moment, and its name says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.timing import Row

_LOOK_S = 0.25
_SETTLED_S = 6.0
_MOST_S = 270.0
_MIB = 1 << 20


class _Used(NamedTuple):
    """Anonymous bytes of the app's process in the end, and of all its workers at most."""

    app: int
    workers: int
    is_at_rest: bool


def memory_over_an_empty_window(path: Path) -> list[Row]:
    """RssAnon of the app's process with the rows of `path` over that of an empty window, and of
    the processes that check."""
    empty = _window([])
    ours = _window([path])
    name = "memory of a million rows, over an empty window"
    if not ours.is_at_rest:
        name += f", still at work after {_MOST_S:.0f} s"
    return [
        Row(name, "MiB", (ours.app - empty.app) / _MIB, empty.app / _MIB, _BASELINE),
        Row(
            "memory of the processes that check, at most",
            "MiB",
            ours.workers / _MIB,
            empty.app / _MIB,
            _BASELINE,
        ),
    ]


_BASELINE = "the empty window itself"


def _window(files: Sequence[Path]) -> _Used:
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as home:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TUNEDESK_HOME": home}
        command = [sys.executable, "-m", "tunedesk", *map(str, files)]
        app = subprocess.Popen(command, env=environment)
        try:
            return _when_settled(app, is_checking=bool(files))
        finally:
            app.terminate()
            app.wait(60)


def _when_settled(app: subprocess.Popen[bytes], *, is_checking: bool) -> _Used:
    """When nobody checks any more and the memory has stayed as it is for a while."""
    until_s = time.monotonic() + _MOST_S
    has_checked = not is_checking
    quiet_since_s, before, workers = time.monotonic(), 0, 0
    while time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        assert app.poll() is None, "the app has ended"
        now, busy = anonymous_bytes(app.pid), sum(map(anonymous_bytes, checking_processes(app.pid)))
        workers = max(workers, busy)
        has_checked = has_checked or busy > 0
        if busy or not has_checked or abs(now - before) > _MIB:
            quiet_since_s, before = time.monotonic(), now
        if time.monotonic() - quiet_since_s > _SETTLED_S:
            return _Used(now, workers, is_at_rest=True)
    assert has_checked, "nobody has checked the rows"
    return _Used(anonymous_bytes(app.pid), workers, is_at_rest=False)


def anonymous_bytes(process_id: int) -> int:
    """0 of a process that has ended."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return 0
    _, is_there, rest = status.partition("RssAnon:")
    return int(rest.split()[0]) * 1024 if is_there else 0


def checking_processes(process_id: int) -> Iterator[int]:
    """The processes that check, if any are there."""
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # the thread has just ended
            continue
        yield from (int(child) for child in children if b"spawn_main" in _command(child))


def _command(process_id: str) -> bytes:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""
