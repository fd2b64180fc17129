"""What of a curve is looked at, and how: no Qt, no drawing."""

from __future__ import annotations

from bisect import bisect_right
from typing import Literal

import msgspec

from tunedesk.core.curves import Curve, Points
from tunedesk.core.smoothing import smoothed

Metric = Literal["loss", "accuracy"]
Window = tuple[float, float]

_NARROWEST_STEPS = 4.0
_CLOSER = 0.5


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Another job's curve, drawn behind."""

    name: str
    curve: Curve


class ChartView(msgspec.Struct, frozen=True, kw_only=True):
    """`window` is the range of steps that is shown, None for all of them."""

    curve: Curve = msgspec.field(default_factory=Curve)
    beside: Beside | None = None
    metric: Metric = "loss"
    is_smooth: bool = False
    is_log: bool = False
    window: Window | None = None

    def points(self) -> tuple[Points, Points]:
        """Train and held-out points of the metric."""
        return _of(self.curve, self.metric)

    def beside_points(self) -> tuple[Points, Points]:
        """Those of the job beside; its train curve is smooth where this one's is."""
        if self.beside is None:
            return [], []
        train, held_out = _of(self.beside.curve, self.metric)
        return (smoothed(train) if self.is_smooth else train), held_out

    def smooth_points(self) -> Points:
        """The moving average of the train curve, empty where it is not asked for."""
        return smoothed(self.points()[0]) if self.is_smooth else []

    @property
    def draws_log(self) -> bool:
        """A share of 1 has no use for a logarithm."""
        return self.is_log and self.metric == "loss"

    @property
    def last_step(self) -> int:
        """Where the axis ends."""
        own, other = self.points(), self.beside_points()
        last = max((step for part in (*own, *other) for step, _ in part), default=1)
        return max(self.curve.total_steps, last)

    def steps(self) -> list[int]:
        """Every step of this job that has a value, rising."""
        train, held_out = self.points()
        return sorted({step for step, _ in (*train, *held_out)})

    def zoomed(self, low: float, high: float) -> ChartView:
        """Only these steps, at least four, within the axis; all of them where that is the same."""
        last = float(self.last_step)
        width = min(max(abs(high - low), _NARROWEST_STEPS), last)
        middle = (low + high) / 2
        begin = min(max(0.0, middle - width / 2), last - width)
        is_all = width >= last
        return msgspec.structs.replace(self, window=None if is_all else (begin, begin + width))

    def closer(self, at: float | None, *, is_in: bool) -> ChartView:
        """Half, or twice, as many steps, around `at` or around the middle."""
        low, high = self.window or (0.0, float(self.last_step))
        width = (high - low) * (_CLOSER if is_in else 1 / _CLOSER)
        middle = (low + high) / 2 if at is None else at
        return self.zoomed(middle - width / 2, middle + width / 2)

    def following(self, step: int) -> ChartView:
        """The window moved so far that `step` is in it."""
        if self.window is None or self.window[0] <= step <= self.window[1]:
            return self
        low, high = self.window
        shift = step - low if step < low else step - high
        return self.zoomed(low + shift, high + shift)


def value_at(points: Points, step: int) -> float | None:
    """The newest value that was measured up to `step`."""
    place = bisect_right(points, step, key=lambda point: point[0])
    return points[place - 1][1] if place else None


def _of(curve: Curve, metric: Metric) -> tuple[Points, Points]:
    if metric == "loss":
        return curve.train, curve.held_out
    return curve.train_accuracy, curve.held_out_accuracy
