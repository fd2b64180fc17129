"""Round numbers for the axes of a chart."""

from __future__ import annotations

import math

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_step(span: float, most: int, *, whole: bool = False) -> float:
    """Smallest round step that divides `span` into at most `most` parts; 1 for no span."""
    if span <= 0 or most < 1:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(span / most))
    step = next(n * scale for n in _STEPS if span / (n * scale) <= most * (1 + 1e-9))
    return max(1.0, float(math.ceil(step))) if whole else step


def ticks_over(top: float, most: int = 5) -> list[float]:
    """0 and round numbers up to the first that is not below `top`."""
    step = nice_step(top, most)
    n = max(1, math.ceil(top / step - 1e-9))
    return [i * step for i in range(n + 1)]


def ticks_between(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from the last that is not above `low` to the first not below `high`."""
    step = nice_step(high - low, most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def whole_ticks_between(low: float, high: float, most: int = 6) -> list[int]:
    """Whole round numbers inside, ends included."""
    step = int(nice_step(high - low, most, whole=True))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times a power of ten, from below `low` to above `high`; both are above 0."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    rungs = [n * 10.0**power for power in range(first, last + 1) for n in (1, 2, 5)]
    begin = max((n for n, rung in enumerate(rungs) if rung <= low * (1 + 1e-9)), default=0)
    end = next((n for n, rung in enumerate(rungs) if rung >= high * (1 - 1e-9)), len(rungs) - 1)
    return rungs[begin : max(end, begin + 1) + 1]


def log_tick_text(value: float) -> str:
    """As short as it is exact: 0.05, 0.2, 5, 100."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value < 1 else f"{value:g}"


def tick_text(value: float, step: float) -> str:
    """`value` with as many decimals as ticks `step` apart need: 0.5, 0.25, 12."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    return f"{value:.{decimals}f}"
