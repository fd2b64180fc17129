"""Where a chart's axes begin and end, and which numbers stand at them. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tunedesk.ui.widgets.chart_view import Window
from tunedesk.ui.widgets.ticks import (
    log_tick_text,
    log_ticks,
    tick_text,
    ticks_between,
    ticks_over,
    whole_ticks_between,
)

Ticks = list[tuple[float, str]]


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """The range in drawn units and the numbers with their texts."""

    low: float
    high: float
    ticks: Ticks


def value_axis(values: Sequence[float], top: float, *, is_log: bool, is_window: bool) -> Axis:
    """The upright axis. From 0 to at least `top`; in a window or on a log scale it fits."""
    if is_log and (known := [value for value in values if value > 0]):
        rungs = log_ticks(min(known), max(known))
        ticks = [(math.log10(rung), log_tick_text(rung)) for rung in rungs]
        return Axis(low=ticks[0][0], high=ticks[-1][0], ticks=ticks)
    if is_window and values:
        marks = ticks_between(min(values), max(values))
    else:
        marks = ticks_over(max([*values, top]) or 1.0)
    step = marks[1] - marks[0]
    return Axis(low=marks[0], high=marks[-1], ticks=[(up, tick_text(up, step)) for up in marks])


def step_axis(window: Window | None, total_steps: int, most: int, words: str) -> Axis:
    """The level axis; the first number says what it counts, in `words` that hold `{n}`."""
    low, high = window or (0.0, float(max(1, total_steps)))
    marks = whole_ticks_between(low, high, most)
    ticks: Ticks = [(n, str(n) if n > marks[0] else words.format(n=n)) for n in marks]
    return Axis(low=low, high=high, ticks=ticks)
