"""A curve without its jitter: an exponential moving average that begins at the first value."""

from __future__ import annotations

from tunedesk.core.curves import Points

WEIGHT = 0.9
"""How much of the average stays at each point: about the last ten points count."""


def smoothed(points: Points, weight: float = WEIGHT) -> Points:
    """The moving average at each point.

    An average that begins at zero is too low for its first points; dividing by `1 - weight ** n`
    takes this out (Kingma and Ba 2014, section 3), so that the first value stands as it is.
    `weight` is at least 0 and below 1.
    """
    found: Points = []
    average = 0.0
    for n, (step, value) in enumerate(points, start=1):
        average = weight * average + (1 - weight) * value
        found.append((step, average / (1 - weight**n)))
    return found
