"""The curve with its legend and the choice between loss and accuracy."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from tunedesk.core.curves import Points
from tunedesk.services.training import JobView
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.progress import epoch_ends, is_settled
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.loss_chart import LossChart, Metric
from tunedesk.ui.widgets.text import PlainLabel


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
    """Chart, legend with the last values, and two chips that choose the metric."""

    def __init__(self, theme: Theme, operations: Operations) -> None:
        super().__init__()
        self._operations = operations
        self._job_id = ""
        self.chart = LossChart(theme)
        self.heading = PlainLabel(self.tr("Loss"), "heading")
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
        self.body.setContentsMargins(16, 14, 8, 8)
        self.body.addLayout(self._legend())
        self.body.addWidget(self.chart, 1)

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
        if view.record.local_id != self._job_id:
            self._job_id = view.record.local_id
            self.chart.forget_pointer()
        self.chart.prepare(self._operations)
        ends = [step for step in epoch_ends(view) if step < view.curve.total_steps]
        self.chart.show_curve(view.curve, ends, self._empty_text(view))
        self._show_legend()

    def _empty_text(self, view: JobView) -> str:
        if not is_settled(view):
            return self.tr("The curve begins with the first step.")
        return self.tr("This job ended before its first step, so there is no curve.")

    def _choose(self, metric: Metric) -> None:
        self.heading.setText(
            self.tr("Loss") if metric == "loss" else self.tr("Token accuracy (share of 1)")
        )
        self.chart.show_metric(metric)
        self._show_legend()

    def _show_legend(self) -> None:
        train, held_out = self.chart.points()
        self.train.setText(self.tr("train {value}").format(value=_last(train)))
        self.held_out.setText(self.tr("held-out {value}").format(value=_last(held_out)))


def _last(points: Points) -> str:
    return f"{points[-1][1]:.2f}" if points else "–"
