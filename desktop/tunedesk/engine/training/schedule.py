"""The learning rate as a function of the step alone, so that a resumed run needs no memory."""

from __future__ import annotations

import math

_WARM_UP_SHARE = 0.05
_FLOOR_SHARE = 0.1


def rate_at(step: int, total_steps: int, peak: float) -> float:
    """Rate for step 1…total_steps: 5 % linear warm-up, then a cosine down to 10 % of `peak`."""
    warm_up = max(1, round(total_steps * _WARM_UP_SHARE))
    if step <= warm_up:
        return peak * step / warm_up
    progress = (step - warm_up) / max(1, total_steps - warm_up)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return peak * (_FLOOR_SHARE + (1 - _FLOOR_SHARE) * cosine)
