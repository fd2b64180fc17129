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


def ticks_within(top: int, most: int = 6) -> list[int]:
    """0 and whole round numbers, none above `top`."""
    step = int(nice_step(top, most, whole=True))
    return list(range(0, top + 1, step))


def tick_text(value: float, step: float) -> str:
    """`value` with as many decimals as ticks `step` apart need: 0.5, 0.25, 12."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    return f"{value:.{decimals}f}"
