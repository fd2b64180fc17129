"""The app's side of a measure: a process of its own, offscreen, on a home that is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOLD = "told "
"""What the line with its figures begins with."""


def told_by(module: str, argument: object, longest_s: float) -> Any:
    """What `app(argument, folder)` of a module below `tests.bench` said it measured."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        call = f"app({argument!r}, {folder!r})"
        done = subprocess.run(
            [sys.executable, "-c", f"from tests.bench.{module} import app; {call}"],
            env=environment | {"TUNEDESK_HOME": str(Path(folder) / "home")},
            stdout=subprocess.PIPE,
            timeout=longest_s,
            check=True,
        )
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith(TOLD)]
    return json.loads(lines[-1].removeprefix(TOLD))


def p99(values: Sequence[float]) -> float:
    """The value that 99 % do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]
