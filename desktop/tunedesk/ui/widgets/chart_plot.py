"""The drawn part of the loss chart. Imports pyqtgraph: only `loss_chart` imports this, late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.core.curves import Points
from tunedesk.ui.theme import Palette
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.ticks import tick_text, ticks_over, ticks_within

_SMALL_PX = 11
_STEP_LABEL_PX = 90
_LABEL_OVERHANG_PX = 30
_LABEL_HALF_PX = 11  # pyqtgraph leaves out a label that would not fit beside its tick


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: points (step, value), the steps at which epochs end, the x axis' end."""

    train: Points
    held_out: Points
    total_steps: int
    epoch_steps: Sequence[int] = ()
    top: float = 0.0  # the y axis reaches at least this


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in the person's language; `epoch` holds `{n}`, `step` holds `{n}`."""

    epoch: str
    step: str


class ChartPlot:
    """Two curves over steps; `hovered(step)` follows the pointer."""

    def __init__(self, palette: Palette, words: Words, hovered: Callable[[float], None]) -> None:
        self._words = words
        self._hovered = hovered
        self._palette = palette
        self._marks: list[Any] = []
        self._series = Series(train=[], held_out=[], total_steps=1)
        self._plot: Any = pg.PlotWidget()
        self._item: Any = self._plot.getPlotItem()
        self._train = self._item.plot(antialias=True)
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
        self._train.setPen(pg.mkPen(palette.color("base"), width=1.8))
        self._held_out.setPen(pg.mkPen(palette.color("tuned"), width=2))
        self._held_out.setSymbolBrush(palette.color("tuned"))
        self._held_out.setSymbolPen(pg.mkPen(palette.color("surface"), width=1.2))
        self._cross.setPen(pg.mkPen(palette.color("faint"), width=1))
        self._readout.setColor(palette.color("ink"))
        self._readout.fill = pg.mkBrush(palette.color("surface"))
        self._readout.border = pg.mkPen(palette.color("line_strong"))
        self._mark_epochs(self._series.epoch_steps)

    def show(self, series: Series) -> None:
        """Replace the data in place."""
        same_marks = list(series.epoch_steps) == list(self._series.epoch_steps)
        self._series = series
        self._train.setData(*_columns(series.train))
        self._held_out.setData(*_columns(series.held_out))
        self.rescale()
        if not same_marks:
            self._mark_epochs(series.epoch_steps)

    def rescale(self) -> None:
        """Fit the axes and their numbers to the data and the width."""
        series = self._series
        values = [value for _, value in (*series.train, *series.held_out)]
        ups = ticks_over(max([*values, series.top]) or 1.0)
        steps = ticks_within(series.total_steps, max(2, self._plot.width() // _STEP_LABEL_PX))
        self._item.setXRange(0, max(1, series.total_steps), padding=0.01)
        self._item.setYRange(0, ups[-1], padding=_LABEL_HALF_PX / max(80, self._plot.height()))
        step = ups[1] - ups[0]
        self._item.getAxis("left").setTicks([[(up, tick_text(up, step)) for up in ups]])
        self._item.getAxis("bottom").setTicks([[(n, self._step_text(n)) for n in steps]])

    def _step_text(self, step: int) -> str:
        return str(step) if step else self._words.step.format(n=0)

    def _mark_epochs(self, epoch_steps: Sequence[int]) -> None:
        for mark in self._marks:
            self._item.removeItem(mark)
        self._marks = [self._epoch_mark(n, step) for n, step in enumerate(epoch_steps, start=1)]
        for mark in self._marks:
            self._item.addItem(mark, ignoreBounds=True)

    def _epoch_mark(self, number: int, step: int) -> Any:
        pen = pg.mkPen(self._palette.color("line_strong"), width=1, style=Qt.PenStyle.DashLine)
        options = {
            "color": self._palette.color("second"),
            "position": 0.91,
            "anchors": [(1, 0.5), (1, 0.5)],
        }
        text = self._words.epoch.format(n=number)
        mark = pg.InfiniteLine(step, angle=90, pen=pen, label=text, labelOpts=options)
        mark.label.setFont(_small())
        mark.label.fill = pg.mkBrush(self._palette.color("surface"))
        mark.setZValue(-5)
        return mark

    def point_at(self, step: int, text: str) -> None:
        """Put the crosshair on `step` with `text` beside it."""
        (left, right), (_, top) = self._item.viewRange()
        self._cross.setPos(step)
        self._readout.setText(text)
        self._readout.setAnchor((1.06, 0) if step > (left + right) / 2 else (-0.06, 0))
        self._readout.setPos(step, top * 0.9)
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
        scene = self._item.getViewBox().mapViewToScene(QPointF(step, value))
        return QPointF(self._plot.mapFromScene(scene))

    def _moved(self, at: QPointF) -> None:
        box = self._item.getViewBox()
        if box.sceneBoundingRect().contains(at):
            self._hovered(float(box.mapSceneToView(at).x()))
        else:
            self.point_away()


def _columns(points: Points) -> tuple[list[int], list[float]]:
    return [step for step, _ in points], [value for _, value in points]


def _small() -> QFont:
    return ui_font(_SMALL_PX)
