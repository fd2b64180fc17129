"""Two answers of 20,000 characters at 500 tokens a second each: does the window still answer?

App and provider are processes of their own, on the offscreen platform.
"""

from __future__ import annotations

from tests.bench.app_side import p99, told_by
from tests.bench.streaming_side import N_CHARS, TOKENS_PER_S
from tests.bench.timing import Row

_LIMIT_MS = 20.0
_LONGEST_MS = 100.0  # fault U6
_LONGEST_S = 300
_WAYS = {
    "chat": f"Chat, 2 × {TOKENS_PER_S} tokens/s, {N_CHARS:,} characters",
    "compare": f"Compare, 2 × {TOKENS_PER_S} tokens/s, {N_CHARS:,} characters",
    "line": "Chat, an answer of one 5 MB line",
}


def streamed_answers() -> list[Row]:
    """The beats of a 10 ms timer meanwhile, beside the limit and beside Qt's own text view; and
    what the window's own thread worked between two, whatever else the machine does.
    """
    plain = p99(_beats("plain")[0])
    rows = []
    for way, name in _WAYS.items():
        beats, busy = _beats(way)
        figure = p99(beats)
        rows.append(Row(f"heartbeat p99: {name}", "ms", figure, _LIMIT_MS, "the limit"))
        if way == "line":
            rows.append(Row(f"longest beat: {name}", "ms", max(beats), _LONGEST_MS, "the limit"))
            rows.append(Row(f"longest work: {name}", "ms", max(busy), _LONGEST_MS, "the limit"))
        else:
            rows.append(Row(f"heartbeat p99: {name}", "ms", figure, plain, "setMarkdown"))
        rows.append(Row(f"work between beats p99: {name}", "ms", p99(busy), _LIMIT_MS, "the limit"))
    return rows


def _beats(way: str) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = told_by("streaming_side", way, _LONGEST_S)
    return found


MEASURES = (streamed_answers,)
