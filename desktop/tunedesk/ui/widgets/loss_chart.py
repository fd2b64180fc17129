"""The curve of a job. pyqtgraph takes half a second to import, so it comes late and in a thread."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.core.curves import Curve, Points
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text import PlainLabel

if TYPE_CHECKING:
    from tunedesk.ui.widgets.chart_plot import ChartPlot

Metric = Literal["loss", "accuracy"]

_PLOT_MODULE = "tunedesk.ui.widgets.chart_plot"


async def load_plotting() -> None:
    """Import the drawing library in a thread; the first call takes about half a second."""
    await asyncio.to_thread(importlib.import_module, _PLOT_MODULE)


class LossChart(QFrame):
    """Train and held-out curve of one metric, with epoch marks and values under the pointer.

    Left and right move the crosshair from step to step, Home and End to the ends, Escape hides it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(180)
        self._theme = theme
        self._curve = Curve()
        self._epoch_steps: tuple[int, ...] = ()
        self._metric: Metric = "loss"
        self._at: int | None = None
        self._plot: ChartPlot | None = None
        self._loading = False
        self._empty_text = self.tr("The curve begins with the first step.")
        self._note = PlainLabel(self._empty_text, "second", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(1, 1, 1, 1)
        self._box.addWidget(self._note)
        theme.changed.connect(self._recolour)
        self._refresh()

    def prepare(self, operations: Operations) -> None:
        """Load the drawing library in the background, once, and build the plot when it is here."""
        if self._plot is None and not self._loading:
            self._loading = True
            operations.run(load_plotting(), owner=self, done=lambda _: self._build())

    @property
    def plot(self) -> ChartPlot | None:
        """The drawn part, None until the library is here."""
        return self._plot

    def show_curve(
        self, curve: Curve, epoch_steps: Sequence[int] = (), empty_text: str | None = None
    ) -> None:
        """Draw `curve`; `epoch_steps` are the steps at which an epoch ends."""
        self._curve = curve
        self._epoch_steps = tuple(epoch_steps)
        self._empty_text = empty_text or self.tr("The curve begins with the first step.")
        self._refresh()

    def show_metric(self, metric: Metric) -> None:
        self._metric = metric
        self._refresh()

    def points(self) -> tuple[Points, Points]:
        """Train and held-out points of the metric shown."""
        if self._metric == "loss":
            return self._curve.train, self._curve.held_out
        return self._curve.train_accuracy, self._curve.held_out_accuracy

    def forget_pointer(self) -> None:
        """Hide the crosshair, as when another job is shown."""
        self._at = None
        if self._plot is not None:
            self._plot.point_away()

    def _build(self) -> None:
        from tunedesk.ui.widgets.chart_plot import ChartPlot, Words

        words = Words(epoch=self.tr("epoch {n}"), step=self.tr("step {n}"))
        self._plot = ChartPlot(self._theme.palette, words, self._hovered)
        self._plot.widget.installEventFilter(self)
        self._box.addWidget(self._plot.widget)
        self._refresh()

    def _refresh(self) -> None:
        train, held_out = self.points()
        is_empty = not train and not held_out
        self._note.setText(self._empty_text)
        self._note.setVisible(is_empty or self._plot is None)
        self.setAccessibleName(self._sentence())
        if self._plot is not None:
            self._plot.widget.setVisible(not is_empty)
            self._draw(self._plot, train, held_out)
        elif not is_empty:
            self._note.setText(self.tr("Drawing the curve…"))

    def _draw(self, plot: ChartPlot, train: Points, held_out: Points) -> None:
        from tunedesk.ui.widgets.chart_plot import Series

        last = max((step for step, _ in (*train, *held_out)), default=1)
        series = Series(
            train=train,
            held_out=held_out,
            total_steps=max(self._curve.total_steps, last),
            epoch_steps=self._epoch_steps,
            top=1.0 if self._metric == "accuracy" else 0.0,
        )
        plot.show(series)
        if self._at is not None:
            self._point_at(self._at)

    def _recolour(self) -> None:
        if self._plot is not None:
            self._plot.recolour(self._theme.palette)

    def _hovered(self, step: float) -> None:
        known = self._steps()
        if known:
            self._point_at(min(known, key=lambda n: abs(n - step)))

    def _steps(self) -> list[int]:
        train, held_out = self.points()
        return sorted({step for step, _ in (*train, *held_out)})

    def _point_at(self, step: int) -> None:
        self._at = step
        if self._plot is not None:
            self._plot.point_at(step, self._values_at(step))

    def _values_at(self, step: int) -> str:
        train, held_out = (dict(points) for points in self.points())
        lines = [self.tr("step {n}").format(n=step)]
        if step in train:
            lines.append(self.tr("train {value:.2f}").format(value=train[step]))
        if step in held_out:
            lines.append(self.tr("held-out {value:.2f}").format(value=held_out[step]))
        return "\n".join(lines)

    def _sentence(self) -> str:
        train, held_out = self.points()
        what = self.tr("loss") if self._metric == "loss" else self.tr("token accuracy")
        if not train:
            return self.tr("Chart of {what}: {text}").format(what=what, text=self._empty_text)
        text = self.tr("Training {what} {change} over {n} steps").format(
            what=what, change=self._change(train), n=train[-1][0]
        )
        if held_out:
            text += "; " + self.tr("held-out {what} {change}").format(
                what=what, change=self._change(held_out)
            )
        return text + "."

    def _change(self, points: Points) -> str:
        first, last = points[0][1], points[-1][1]
        if len(points) == 1 or round(first, 2) == round(last, 2):
            return self.tr("is {last:.2f}").format(last=last)
        text = self.tr("fell from {first:.2f} to {last:.2f}")
        if last > first:
            text = self.tr("rose from {first:.2f} to {last:.2f}")
        return text.format(first=first, last=last)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = self._steps()
        wanted = _next_place(steps, self._at, Qt.Key(event.key()))
        if wanted is not None:
            self._point_at(wanted)
        elif event.key() == Qt.Key.Key_Escape and self._at is not None:
            self.forget_pointer()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.forget_pointer()
        elif event.type() == QEvent.Type.Resize and self._plot is not None:
            self._plot.rescale()
        return super().eventFilter(watched, event)


def _next_place(steps: Sequence[int], at: int | None, key: Qt.Key) -> int | None:
    """The step a key leads to; None for keys that do not move, or where there is nothing."""
    if not steps:
        return None
    here = steps.index(at) if at in steps else len(steps) - 1
    places = {
        Qt.Key.Key_Left: here - 1 if at is not None else here,
        Qt.Key.Key_Right: here + 1,
        Qt.Key.Key_Home: 0,
        Qt.Key.Key_End: len(steps) - 1,
    }
    return steps[max(0, min(places[key], len(steps) - 1))] if key in places else None
