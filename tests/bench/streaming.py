"""Two answers of 20,000 characters at 500 tokens a second each: does the window still answer?

App and provider are processes of their own, on the offscreen platform.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.streaming_side import N_CHARS, TOKENS_PER_S, TOLD
from tests.bench.timing import Row

_LIMIT_MS = 20.0
_LONGEST_S = 300
_WAYS = {
    "chat": f"Chat, 2 × {TOKENS_PER_S} tokens/s, {N_CHARS:,} characters",
    "compare": f"Compare, 2 × {TOKENS_PER_S} tokens/s, {N_CHARS:,} characters",
    "line": "Chat, an answer of one 5 MB line",
}


def streamed_answers() -> list[Row]:
    """The beats of a 10 ms timer meanwhile, beside the limit and beside Qt's own text view."""
    plain = _p99(_beats("plain"))
    rows = []
    for way, name in _WAYS.items():
        figure = _p99(_beats(way))
        rows.append(Row(f"heartbeat p99: {name}", "ms", figure, _LIMIT_MS, "the limit"))
        if way != "line":
            rows.append(Row(f"heartbeat p99: {name}", "ms", figure, plain, "setMarkdown"))
    return rows


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def _beats(way: str) -> list[float]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        call = f"app({way!r}, {folder!r})"
        done = subprocess.run(
            [sys.executable, "-c", f"from tests.bench.streaming_side import app; {call}"],
            env=environment | {"TUNEDESK_HOME": str(Path(folder) / "home")},
            stdout=subprocess.PIPE,
            timeout=_LONGEST_S,
            check=True,
        )
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith(TOLD)]
    found: list[float] = json.loads(lines[-1].removeprefix(TOLD))
    return found


MEASURES = (streamed_answers,)
