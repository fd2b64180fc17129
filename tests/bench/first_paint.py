"""From the start of the process to the first painted window, against a bare window of PySide6.

In turn in the same run; the process ends at the paint. Cold: what Python and Qt read is taken out
of the page cache before each start, where no other process holds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import PySide6

import tunedesk
from tests.bench.timing import Row

_BARE = "a bare window of PySide6"
_REPEATS = {"warm": 7, "cold": 3}
_LONGEST_S = 120.0


def first_paint_warm() -> Row:
    """As a second start of the day."""
    return _measured("warm")


def first_paint_cold() -> Row:
    """As the first start of the day; the disk's speed is in both."""
    return _measured("cold")


def _measured(how: str) -> Row:
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        for what in ("ours", "bare"):
            _once_ms(what, folder, is_cold=False)  # compiled now, if it was not
        times = [
            [_once_ms(what, folder, is_cold=how == "cold") for what in ("ours", "bare")]
            for _ in range(_REPEATS[how])
        ]
    ours_ms, bare_ms = (min(each) for each in zip(*times, strict=True))
    return Row(f"start to first paint, {how}", "ms", ours_ms, bare_ms, _BARE)


def _once_ms(what: str, folder: str, *, is_cold: bool) -> float:
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ | {"TUNEDESK_HOME": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed app is compiled
    if is_cold:
        _forget_files()
    begin_ns = time.monotonic_ns()
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.bench.first_paint_side import {what}; {what}()"],
        env=environment,
        stdout=subprocess.PIPE,
        timeout=_LONGEST_S,
        check=True,
    )
    return (int(done.stdout) - begin_ns) / 1e6


def _forget_files() -> None:
    """Take the files that a start reads out of the page cache; those of this process stay."""
    if not hasattr(os, "posix_fadvise"):
        return
    folders = (Path(PySide6.__file__).parent, Path(tunedesk.__file__).parent)
    for path in _files([*folders, Path(sysconfig.get_path("stdlib"))]):
        file = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        for base, names, files in os.walk(folder):
            names[:] = [name for name in names if name != "site-packages"]
            yield from (Path(base, file) for file in files if not Path(base, file).is_symlink())


MEASURES = (first_paint_warm, first_paint_cold)
