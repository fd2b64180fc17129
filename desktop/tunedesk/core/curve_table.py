"""A curve as a table that any program opens: CSV, one line a step."""

from __future__ import annotations

from tunedesk.core.curves import Curve

_COLUMNS = ("step", "train_loss", "held_out_loss", "train_accuracy", "held_out_accuracy")


def curve_csv(curve: Curve) -> str:
    """Header and one line a step, empty where nothing was measured; accuracies are shares."""
    series = [
        dict(points)
        for points in (
            curve.train,
            curve.held_out,
            curve.train_accuracy,
            curve.held_out_accuracy,
        )
    ]
    steps = sorted({step for values in series for step in values})
    lines = [",".join(_COLUMNS)]
    for step in steps:
        values = [repr(found[step]) if step in found else "" for found in series]
        lines.append(",".join([str(step), *values]))
    return "\n".join(lines) + "\n"
