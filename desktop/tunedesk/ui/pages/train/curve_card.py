"""The curve with its legend, the values at the pointer, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from tunedesk.core.curve_table import curve_csv
from tunedesk.core.curves import Points
from tunedesk.services.train.training import JobView
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.curve_tools import CurveTools, SaveKind
from tunedesk.ui.pages.train.progress import asked_method, epoch_ends, is_settled
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.chart_view import Beside, Metric
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.loss_chart import LossChart
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel


class Swatch(QWidget):
    """A short piece of a curve as it is drawn: a line, or a line through a round marker."""

    def __init__(self, theme: Theme, token: str, *, marker: bool) -> None:
        super().__init__()
        self._theme, self._token, self._marker = theme, token, marker
        self.setFixedSize(18, 12)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.palette.color(self._token)
        painter.setPen(QPen(color, 2))
        painter.drawLine(1, 6, 17, 6)
        if self._marker:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(5, 2, 8, 8))
        painter.end()


class CurveCard(Card):
    """Chart, legend with the last values, two chips that choose the metric, a line of values and
    the tools. `beside_chosen(local id)` and `save_asked(SaveKind)` are those of the tools."""

    beside_chosen = Signal(str)
    save_asked = Signal(object)

    def __init__(self, theme: Theme, operations: Operations) -> None:
        super().__init__()
        self._operations, self._theme = operations, theme
        self._view: JobView | None = None
        self.chart = LossChart(theme)
        self.heading = ElidedLabel(self.tr("Loss (nats a token)"), "heading")
        self.heading.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.train = PlainLabel("", "second")
        self.held_out = PlainLabel("", "second")
        self._swatches = (
            Swatch(theme, "base", marker=False),
            Swatch(theme, "tuned", marker=True),
        )
        self.loss_chip = self._chip(self.tr("Loss"), "loss")
        self.accuracy_chip = self._chip(self.tr("Accuracy"), "accuracy")
        self._group = QButtonGroup(self)
        for chip in (self.loss_chip, self.accuracy_chip):
            self._group.addButton(chip)
        self.loss_chip.setChecked(True)
        self.values = ElidedLabel("", "second")
        self.tools = CurveTools(theme)
        self.body.setContentsMargins(16, 14, 8, 8)
        self.body.setSpacing(6)
        self.body.addLayout(self._legend())
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self.values)
        self.body.addWidget(self.tools)
        self._connect()

    def _connect(self) -> None:
        self.chart.told.connect(self._show_values)
        self.chart.zoomed.connect(self._allow)
        self.tools.smooth.toggled.connect(self.chart.show_smooth)
        self.tools.log.toggled.connect(self.chart.show_log)
        self.tools.whole.clicked.connect(lambda: self.chart.show_all())
        self.tools.beside_chosen.connect(self.beside_chosen)
        self.tools.save_asked.connect(self.save_asked)
        self._show_values("")

    def _show_values(self, told: str) -> None:
        hint = self.tr("Point at the curve for its values, or use ← and →. Drag to zoom in.")
        self.values.setText(told or hint)

    def _legend(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.heading)
        line.addSpacing(6)
        for swatch, label in zip(self._swatches, (self.train, self.held_out), strict=True):
            line.addWidget(swatch)
            line.addWidget(label)
            line.addSpacing(4)
        line.addStretch()
        line.addWidget(self.loss_chip)
        line.addWidget(self.accuracy_chip)
        line.addSpacing(8)
        return line

    def _chip(self, text: str, metric: Metric) -> QPushButton:
        return button(
            text,
            lambda: self._choose(metric),
            look="filter",
            name=self.tr("Show {what}").format(what=text),
        )

    def show_job(self, view: JobView) -> None:
        """Draw the job's curve; the library is loaded the first time."""
        before, self._view = self._view, view
        if before is None or view.record.local_id != before.record.local_id:
            self.chart.forget_pointer()
            self.chart.show_all()
        self.chart.prepare(self._operations)
        ends = [step for step in epoch_ends(view) if step < view.curve.total_steps]
        self.chart.show_curve(view.curve, ends, self._empty_text(view))
        self._show_heading()
        self._show_legend()
        self._allow()

    def show_beside(self, beside: Beside | None) -> None:
        """Another job's curve behind this one, or none."""
        self.chart.show_beside(beside)

    def show_others(self, others: Sequence[tuple[str, str]], chosen: str) -> None:
        """The jobs (local id, name) whose curve can stand beside this one."""
        self.tools.show_others(others, chosen)

    def _allow(self) -> None:
        view, state = self.chart.view, self._view.record.state if self._view else None
        self.tools.allow(
            has_curve=bool(view.steps()),
            has_loss=view.metric == "loss",
            is_zoomed=view.window is not None,
            has_result=bool(state is not None and state.result_files),
        )

    def content(self, kind: SaveKind) -> bytes:
        """What is saved: the picture as it is looked at, or the whole curve as a table.

        Only once the drawing library is here.
        """
        from tunedesk.ui.pages.train.curve_picture import png_of, svg_of

        assert self._view is not None
        if kind is SaveKind.CSV:
            return curve_csv(self._view.curve).encode()
        assert self.chart.plot is not None
        title = f"{self._view.record.name} · {self.heading.text()}"
        legend = [("base", self.train.text()), ("tuned", self.held_out.text())]
        if (beside := self.chart.view.beside) is not None:
            legend.append(("faint", beside.name))
        make = png_of if kind is SaveKind.PNG else svg_of
        return make(self.chart.plot, self._theme.palette, title, legend)

    def _empty_text(self, view: JobView) -> str:
        if not is_settled(view):
            return self.tr("The curve begins with the first step.")
        if view.record.status == "succeeded":
            return self.tr("The provider told no losses, so there is no curve.")
        return self.tr("This job ended before its first step, so there is no curve.")

    def _choose(self, metric: Metric) -> None:
        self.chart.show_metric(metric)
        self._show_heading()
        self._show_legend()
        self._allow()

    def _show_heading(self) -> None:
        """What is drawn, with its unit."""
        is_loss = self.chart.view.metric == "loss"
        if self._view is not None and asked_method(self._view.record.request) == "dpo":
            loss, accuracy = self.tr("Loss (nats a pair)"), self.tr("Pair accuracy (0–1)")
        else:
            loss, accuracy = self.tr("Loss (nats a token)"), self.tr("Token accuracy (0–1)")
        self.heading.setText(loss if is_loss else accuracy)

    def _show_legend(self) -> None:
        train, held_out = self.chart.points()
        self.train.setText(self.tr("train {value}").format(value=_last(train)))
        self.held_out.setText(self.tr("held-out {value}").format(value=_last(held_out)))


def _last(points: Points) -> str:
    return f"{points[-1][1]:.2f}" if points else "–"
