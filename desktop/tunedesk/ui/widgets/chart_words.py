"""What a chart says: the values at a step, and the whole of it in one sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.curves import Points
from tunedesk.ui.widgets.chart_view import ChartView, value_at


def _tr(text: str) -> str:
    return QCoreApplication.translate("LossChart", text)


def value_parts(view: ChartView, step: int) -> list[str]:
    """ "step 12", then a part for each value there is at it."""
    train, held_out = (dict(points) for points in view.points())
    parts = [_tr("step {n}").format(n=step)]
    if step in train:
        parts.append(_tr("train {value:.2f}").format(value=train[step]))
    average = dict(view.smooth_points()).get(step)
    if average is not None:
        parts.append(_tr("average {value:.2f}").format(value=average))
    if step in held_out:
        parts.append(_tr("held-out {value:.2f}").format(value=held_out[step]))
    return parts + _beside_parts(view, step)


def _beside_parts(view: ChartView, step: int) -> list[str]:
    if view.beside is None:
        return []
    texts = (_tr("{name}: train {value:.2f}"), _tr("{name}: held-out {value:.2f}"))
    found = []
    for text, points in zip(texts, view.beside_points(), strict=True):
        value = value_at(points, step)
        if value is not None:
            found.append(text.format(name=view.beside.name, value=value))
    return found


def chart_sentence(view: ChartView, empty_text: str) -> str:
    """The chart for who does not see it."""
    train, held_out = view.points()
    what = _tr("loss") if view.metric == "loss" else _tr("token accuracy")
    if not train:
        return _tr("Chart of {what}: {text}").format(what=what, text=empty_text)
    text = _tr("Training {what} {change} over {n} steps").format(
        what=what, change=_change(train), n=train[-1][0]
    )
    if held_out:
        text += "; " + _tr("held-out {what} {change}").format(what=what, change=_change(held_out))
    if view.window is not None:
        low, high = (round(end) for end in view.window)
        text += "; " + _tr("steps {low} to {high} are shown").format(low=low, high=high)
    return text + "."


def _change(points: Points) -> str:
    first, last = points[0][1], points[-1][1]
    if len(points) == 1 or round(first, 2) == round(last, 2):
        return _tr("is {last:.2f}").format(last=last)
    text = _tr("fell from {first:.2f} to {last:.2f}")
    if last > first:
        text = _tr("rose from {first:.2f} to {last:.2f}")
    return text.format(first=first, last=last)
