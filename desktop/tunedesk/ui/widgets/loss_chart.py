"""The curve of a job. pyqtgraph takes long to import, so it comes late."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.core.curves import Curve, Points
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.chart_view import Beside, ChartView, Metric
from tunedesk.ui.widgets.chart_words import chart_sentence, value_parts
from tunedesk.ui.widgets.named_keys import InnerKey
from tunedesk.ui.widgets.text import PlainLabel

if TYPE_CHECKING:
    from tunedesk.ui.widgets.chart_plot import ChartPlot

__all__ = ["LossChart", "Metric", "load_plotting"]

_PLOT_MODULE = "tunedesk.ui.widgets.chart_plot"
_WITHOUT_QT = ("numpy.ma", "xml.dom.minidom")  # what pyqtgraph stands on besides
_SLICE_S = 0.004
_IN, _OUT = (Qt.Key.Key_Plus, Qt.Key.Key_Equal), (Qt.Key.Key_Minus, Qt.Key.Key_Underscore)


async def load_plotting() -> None:
    """Import the drawing library, on this thread; the first call takes some 0.3 s, 0.1 in one go.

    PySide makes each Qt class when its name is first asked for, and pyqtgraph asks for all, and
    makes more of them. Two threads that do so at once crash the app (seen: 2 of 75 starts of a busy
    machine), so the names are asked for here before, a few milliseconds at a time.
    """
    if _PLOT_MODULE not in sys.modules:
        await asyncio.to_thread(_import_all, _WITHOUT_QT)
        for module in (QtCore, QtGui, QtWidgets):
            await _ask_for_all_names(module)
        importlib.import_module(_PLOT_MODULE)


def _import_all(modules: Sequence[str]) -> None:
    for name in modules:
        importlib.import_module(name)


async def _ask_for_all_names(module: ModuleType) -> None:
    ends_s = time.monotonic() + _SLICE_S
    for name in dir(module):
        getattr(module, name)
        if time.monotonic() > ends_s:
            await asyncio.sleep(0)
            ends_s = time.monotonic() + _SLICE_S


class LossChart(QFrame):
    """Train and held-out curve of one metric, with epoch marks and values under the pointer.

    Left and right move the crosshair from step to step, Home and End to the ends, Escape hides
    it; + and - zoom, 0 shows all. A range that is dragged is zoomed into, a double click shows
    all. `told(text)`: the values at the crosshair in one line, empty without one; `zoomed()`:
    another range of steps is shown.
    """

    told = Signal(str)
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(150)
        self._theme = theme
        self._view = ChartView()
        self._epoch_steps: tuple[int, ...] = ()
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

    @property
    def view(self) -> ChartView:
        """What is looked at."""
        return self._view

    def show_curve(
        self, curve: Curve, epoch_steps: Sequence[int] = (), empty_text: str | None = None
    ) -> None:
        """Draw `curve`; `epoch_steps` are the steps at which an epoch ends."""
        self._epoch_steps = tuple(epoch_steps)
        self._empty_text = empty_text or self.tr("The curve begins with the first step.")
        self._look(msgspec.structs.replace(self._view, curve=curve))

    def show_metric(self, metric: Metric) -> None:
        self._look(msgspec.structs.replace(self._view, metric=metric))

    def show_smooth(self, is_smooth: bool) -> None:
        """Whether the train curve's moving average is drawn over it."""
        self._look(msgspec.structs.replace(self._view, is_smooth=is_smooth))

    def show_log(self, is_log: bool) -> None:
        """Whether losses are on a log scale."""
        self._look(msgspec.structs.replace(self._view, is_log=is_log))

    def show_beside(self, beside: Beside | None) -> None:
        """Another job's curve behind this one's."""
        if beside != self._view.beside:
            self._look(msgspec.structs.replace(self._view, beside=beside))

    def show_all(self) -> None:
        """Every step again."""
        if self._view.window is not None:
            self._look(msgspec.structs.replace(self._view, window=None))

    def points(self) -> tuple[Points, Points]:
        """Train and held-out points of the metric shown."""
        return self._view.points()

    def forget_pointer(self) -> None:
        """Hide the crosshair, as when another job is shown."""
        self._at = None
        if self._plot is not None:
            self._plot.point_away()
        self.setAccessibleDescription("")
        self.told.emit("")

    def _build(self) -> None:
        from tunedesk.ui.widgets.chart_plot import ChartPlot, Hands, Words

        words = Words(epoch=self.tr("epoch {n}"), step=self.tr("step {n}"))
        hands = Hands(self._hovered, self._zoom)
        self._plot = ChartPlot(self._theme.palette, words, hands)
        self._plot.widget.installEventFilter(self)
        self._plot.surface.installEventFilter(self)
        self._box.addWidget(self._plot.widget)
        self._refresh()

    def _look(self, view: ChartView) -> None:
        is_zoomed = view.window != self._view.window
        self._view = view
        self._refresh()
        if is_zoomed:
            self.zoomed.emit()

    def _zoom(self, low: float, high: float) -> None:
        self._look(self._view.zoomed(low, high))

    def _refresh(self) -> None:
        train, held_out = self.points()
        is_empty = not train and not held_out
        self._note.setText(self._empty_text)
        self._note.setVisible(is_empty or self._plot is None)
        self.setAccessibleName(chart_sentence(self._view, self._empty_text))
        if self._plot is not None:
            self._plot.widget.setVisible(not is_empty)
            self._draw(self._plot, train, held_out)
        elif not is_empty:
            self._note.setText(self.tr("Drawing the curve…"))

    def _draw(self, plot: ChartPlot, train: Points, held_out: Points) -> None:
        from tunedesk.ui.widgets.chart_plot import Series

        beside_train, beside_held_out = self._view.beside_points()
        series = Series(
            train=train,
            held_out=held_out,
            total_steps=self._view.last_step,
            epoch_steps=self._epoch_steps,
            top=1.0 if self._view.metric == "accuracy" else 0.0,
            smooth=self._view.smooth_points(),
            beside_train=beside_train,
            beside_held_out=beside_held_out,
            is_log=self._view.draws_log,
            window=self._view.window,
        )
        plot.show(series)
        if self._at is not None:
            self._point_at(self._at)

    def _recolour(self) -> None:
        if self._plot is not None:
            self._plot.recolour(self._theme.palette)

    def _hovered(self, step: float) -> None:
        known = self._view.steps()
        if known:
            self._point_at(min(known, key=lambda n: abs(n - step)))

    def _point_at(self, step: int) -> None:
        self._at = step
        parts = value_parts(self._view, step)
        if self._plot is not None:
            own = value_parts(msgspec.structs.replace(self._view, beside=None), step)
            self._plot.point_at(step, "\n".join(own))
        line = f"{parts[0]}: {', '.join(parts[1:])}"
        self.setAccessibleDescription(line)
        self.told.emit(line)

    def _go_to(self, step: int) -> None:
        self._at = step
        self._look(self._view.following(step))

    def inner_keys(self) -> list[InnerKey]:
        def press(key: Qt.Key) -> Callable[[], None]:
            kind, none = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
            return lambda: self.keyPressEvent(QKeyEvent(kind, key, none))

        key = Qt.Key
        return [
            InnerKey("←", self.tr("Values one step before"), press(key.Key_Left)),
            InnerKey("→", self.tr("Values one step on"), press(key.Key_Right)),
            InnerKey("Home", self.tr("Values at the first step"), press(key.Key_Home)),
            InnerKey("End", self.tr("Values at the last step"), press(key.Key_End)),
            InnerKey("+", self.tr("Zoom into the curve"), press(key.Key_Plus)),
            InnerKey("-", self.tr("Zoom out of the curve"), press(key.Key_Minus)),
            InnerKey("0", self.tr("Show the whole curve"), self.show_all),
            InnerKey("Esc", self.tr("Hide the values"), self.forget_pointer),
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        wanted = _next_place(self._view.steps(), self._at, key)
        if wanted is not None:
            self._go_to(wanted)
        elif key == Qt.Key.Key_Escape and self._at is not None:
            self.forget_pointer()
        elif key in (*_IN, *_OUT) and self._view.steps():
            self._look(self._view.closer(self._at, is_in=key in _IN))
        elif key == Qt.Key.Key_0 and self._view.window is not None:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.forget_pointer()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.show_all()
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
