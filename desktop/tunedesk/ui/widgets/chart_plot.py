"""The drawn part of the loss chart. Imports pyqtgraph: only `loss_chart` imports this, late."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.core.curves import Points
from tunedesk.ui.theme import Palette
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.chart_axes import step_axis, value_axis
from tunedesk.ui.widgets.chart_view import Window
from tunedesk.ui.widgets.chart_zoom import ZoomBox

_SMALL_PX = 11
_STEP_LABEL_PX = 90
_LABEL_OVERHANG_PX = 30
_MOST_NAMES, _EPOCHS_A_NAME = 6, (1, 2, 5, 10, 20, 50)  # names beside each other stay apart
_FAINT = 80  # of 255: the train curve behind its moving average
_LABEL_HALF_PX = 11  # pyqtgraph leaves out a label that would not fit beside its tick


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: points (step, value), the steps at which epochs end, the x axis' end.

    `smooth` is the moving average of `train`, which is faint then; the two of another job are
    drawn behind. `window` is the range of steps that is shown, None for all."""

    train: Points
    held_out: Points
    total_steps: int
    epoch_steps: Sequence[int] = ()
    top: float = 0.0  # the y axis reaches at least this
    smooth: Points = []
    beside_train: Points = []
    beside_held_out: Points = []
    is_log: bool = False
    window: Window | None = None

    def parts(self) -> tuple[Points, ...]:
        """Every curve."""
        own = (self.train, self.held_out, self.smooth)
        return (*own, self.beside_train, self.beside_held_out)

    def values(self) -> list[float]:
        """Those that are in sight."""
        low, high = self.window or (-math.inf, math.inf)
        return [value for part in self.parts() for step, value in part if low <= step <= high]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in the person's language; `epoch` holds `{n}`, `step` holds `{n}`."""

    epoch: str
    step: str


class Hands(msgspec.Struct, frozen=True):
    """What is told of the mouse: where it is, and a range it dragged."""

    hovered: Callable[[float], None]
    zoomed: Callable[[float, float], None]


class ChartPlot:
    """Two curves over steps, and two of another job behind them."""

    def __init__(self, palette: Palette, words: Words, hands: Hands) -> None:
        self._words = words
        self._hands = hands
        self._palette = palette
        self._marks: list[Any] = []
        self._series = Series(train=[], held_out=[], total_steps=1)
        self._box = ZoomBox(hands.zoomed)
        self._plot: Any = pg.PlotWidget(viewBox=self._box)
        self._item: Any = self._plot.getPlotItem()
        self._beside_train = self._item.plot(antialias=True)
        self._beside_held_out = self._item.plot(antialias=True, symbol="o", symbolSize=6)
        self._train = self._item.plot(antialias=True)
        self._smooth = self._item.plot(antialias=True)
        self._held_out = self._item.plot(antialias=True, symbol="o", symbolSize=8)
        self._cross = pg.InfiniteLine(angle=90)
        self._readout = pg.TextItem()
        self._set_up()
        self.recolour(palette)

    @property
    def widget(self) -> QWidget:
        """The widget to lay out."""
        widget: QWidget = self._plot
        return widget

    @property
    def surface(self) -> QWidget:
        """What gets the mouse's events."""
        surface: QWidget = self._plot.viewport()
        return surface

    def _set_up(self) -> None:
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        menu = self._item.ctrlMenu  # made all the same, as a window of its own that nobody deletes
        menu.setParent(self._plot, menu.windowFlags())
        self._item.setMouseEnabled(x=False, y=False)  # the wheel scrolls the page
        self._item.getViewBox().setDefaultPadding(0.0)
        self._item.layout.setContentsMargins(0, 6, 14, 0)
        for name in ("left", "bottom"):
            axis = self._item.getAxis(name)
            axis.setStyle(tickFont=_small(), tickLength=0, tickAlpha=255, tickTextOffset=8)
            axis.setStyle(hideOverlappingLabels=_LABEL_OVERHANG_PX)
        self._item.getAxis("left").setGrid(255)
        self._item.getAxis("left").setZValue(-1000)  # the grid lies behind the curves
        self._item.getAxis("left").setWidth(44)
        self._item.getAxis("bottom").setHeight(26)
        self._readout.setFont(_small())
        for part in (self._cross, self._readout):
            part.setZValue(10)
            part.hide()
            self._item.addItem(part, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._moved)

    def recolour(self, palette: Palette) -> None:
        """Take the colours of `palette`; the data stays."""
        self._palette = palette
        self._plot.setBackground(palette.color("surface"))
        for name in ("left", "bottom"):
            axis = self._item.getAxis(name)
            axis.setTextPen(palette.color("second"))
            axis.setPen(palette.color("surface"))
            axis.setTickPen(palette.color("grid"))
        self._box.recolour(palette)
        self._color_train()
        self._smooth.setPen(pg.mkPen(palette.color("base"), width=2))
        behind = pg.mkPen(palette.color("faint"), width=1.4, style=Qt.PenStyle.DashLine)
        self._beside_train.setPen(behind)
        self._beside_held_out.setPen(behind)
        self._beside_held_out.setSymbolBrush(palette.color("surface"))
        self._beside_held_out.setSymbolPen(pg.mkPen(palette.color("faint"), width=1.4))
        self._held_out.setPen(pg.mkPen(palette.color("tuned"), width=2))
        self._held_out.setSymbolBrush(palette.color("tuned"))
        self._held_out.setSymbolPen(pg.mkPen(palette.color("surface"), width=1.2))
        self._cross.setPen(pg.mkPen(palette.color("faint"), width=1))
        self._readout.setColor(palette.color("ink"))
        self._readout.fill = pg.mkBrush(palette.color("surface"))
        self._readout.border = pg.mkPen(palette.color("line_strong"))
        self._mark_epochs(self._series.epoch_steps)

    def _color_train(self) -> None:
        color = self._palette.color("base")
        if self._series.smooth:
            color.setAlpha(_FAINT)
        self._train.setPen(pg.mkPen(color, width=1.8))

    def show(self, series: Series) -> None:
        """Replace the data in place."""
        same_marks = list(series.epoch_steps) == list(self._series.epoch_steps)
        self._series = series
        self._color_train()
        drawn = (
            (self._train, series.train),
            (self._smooth, series.smooth),
            (self._held_out, series.held_out),
            (self._beside_train, series.beside_train),
            (self._beside_held_out, series.beside_held_out),
        )
        for item, points in drawn:
            item.setData(*self._columns(points))
        self.rescale()
        if not same_marks:
            self._mark_epochs(series.epoch_steps)

    def rescale(self) -> None:
        """Fit the axes and their numbers to the data and the width."""
        series, width = self._series, self._plot.width()
        ups = value_axis(
            series.values(),
            series.top,
            is_log=series.is_log,
            is_window=series.window is not None,
        )
        most = max(2, width // _STEP_LABEL_PX)
        along = step_axis(series.window, series.total_steps, most, self._words.step)
        self._item.setXRange(along.low, along.high, padding=0.01)
        padding = _LABEL_HALF_PX / max(80, self._plot.height())
        self._item.setYRange(ups.low, ups.high, padding=padding)
        self._item.getAxis("left").setTicks([ups.ticks])
        self._item.getAxis("bottom").setTicks([along.ticks])

    def _columns(self, points: Points) -> tuple[list[int], list[float]]:
        known = [p for p in points if p[1] > 0] if self._series.is_log else points
        return [step for step, _ in known], [self._up(value) for _, value in known]

    def _up(self, value: float) -> float:
        """Where a value is drawn: on a log scale, by its power of ten."""
        return math.log10(value) if self._series.is_log else value

    def _mark_epochs(self, epoch_steps: Sequence[int]) -> None:
        for mark in self._marks:
            self._item.removeItem(mark)
        every = next((n for n in _EPOCHS_A_NAME if len(epoch_steps) // n <= _MOST_NAMES), 100)
        self._marks = [
            self._epoch_mark(n, step, is_named=n % every == 0)
            for n, step in enumerate(epoch_steps, start=1)
        ]
        for mark in self._marks:
            self._item.addItem(mark, ignoreBounds=True)

    def _epoch_mark(self, number: int, step: int, *, is_named: bool) -> Any:
        pen = pg.mkPen(self._palette.color("line_strong"), width=1, style=Qt.PenStyle.DashLine)
        options = {
            "color": self._palette.color("second"),
            "position": 0.91,
            "anchors": [(1, 0.5), (1, 0.5)],
        }
        text = self._words.epoch.format(n=number) if is_named else None
        mark = pg.InfiniteLine(step, angle=90, pen=pen, label=text, labelOpts=options)
        if is_named:
            mark.label.setFont(_small())
            mark.label.fill = pg.mkBrush(self._palette.color("surface"))
        mark.setZValue(-5)
        return mark

    def point_at(self, step: int, text: str) -> None:
        """Put the crosshair on `step` with `text` beside it."""
        (left, right), (low, top) = self._item.viewRange()
        self._cross.setPos(step)
        self._readout.setText(text)
        self._readout.setAnchor((1.06, 0) if step > (left + right) / 2 else (-0.06, 0))
        self._readout.setPos(step, low + (top - low) * 0.9)
        self._cross.show()
        self._readout.show()

    def point_away(self) -> None:
        self._cross.hide()
        self._readout.hide()

    @property
    def readout(self) -> str:
        """The text beside the crosshair, empty when it is hidden."""
        return str(self._readout.toPlainText()) if self._readout.isVisible() else ""

    def place_of(self, step: float, value: float) -> QPointF:
        """Where a point is drawn, in the widget's coordinates."""
        scene = self._item.getViewBox().mapViewToScene(QPointF(step, self._up(value)))
        return QPointF(self._plot.mapFromScene(scene))

    def paint_on(self, painter: QPainter, place: QRectF) -> None:
        """Draw all of it there, without the crosshair."""
        self.point_away()
        self._plot.render(painter, place, self._plot.viewport().rect())

    def _moved(self, at: QPointF) -> None:
        box = self._item.getViewBox()
        if box.sceneBoundingRect().contains(at):
            self._hands.hovered(float(box.mapSceneToView(at).x()))
        else:
            self.point_away()


def _small() -> QFont:
    return ui_font(_SMALL_PX)
