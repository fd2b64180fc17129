"""The dataset in numbers: tokens, longest row, time here, and how long rows are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.core import auto
from tunedesk.core.jobs import Hyperparameters
from tunedesk.services.dataset_session import Counts, Totals
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card, KeyValues, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import duration


class Histogram(QWidget):
    """Bars of equal width; heights are counts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bins: Sequence[int] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 46)

    def set_bins(self, bins: Sequence[int]) -> None:
        self._bins = bins
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        top = max(self._bins, default=0)
        if not top:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color("tie"))
        step = self.width() / len(self._bins)
        for number, count in enumerate(self._bins):
            height = max(1.0, count / top * self.height()) if count else 1.0
            bar = QRectF(number * step + 1, self.height() - height, step - 2, height)
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.end()


class NumbersCard(Card):
    """Shown below the row; says "counting…" until the check has run."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(look="card-sunken", parent=parent)
        self.body.setContentsMargins(14, 12, 14, 10)
        self.body.setSpacing(7)
        self._values = KeyValues()
        self._histogram = Histogram(theme)
        self._histogram.setAccessibleName(self.tr("Tokens per row, as bars"))
        self._low, self._high = PlainLabel("", "second"), PlainLabel("", "second")
        self.body.addWidget(PlainLabel(self.tr("This dataset"), "heading"))
        self.body.addWidget(self._values)
        self.body.addWidget(self._histogram)
        middle = PlainLabel(self.tr("tokens per row"), "second")
        self.body.addLayout(row(self._low, None, middle, None, self._high))

    def show_numbers(self, totals: Totals | None, counts: Counts) -> None:
        """`totals` None: not counted yet."""
        if totals is None:
            self._show_waiting()
            return
        resolved = auto.resolve(Hyperparameters(), max(1, counts.train))
        trained = totals.trained_tokens * resolved.n_epochs
        self._values.set(self.tr("Tokens (o200k)"), f"{totals.tokens:,}")
        self._values.set(self.tr("Longest row"), f"{totals.longest_tokens:,}")
        self._values.set(self.tr("Trained tokens"), f"{trained:,}")
        self._values.set(self.tr("On this computer"), self._time_here(totals, counts, resolved))
        epochs = self.tr("Trained tokens are those of {n} epochs").format(n=resolved.n_epochs)
        set_tip(self._values, epochs)
        self._histogram.set_bins(totals.histogram)
        self._low.setText("0")
        self._high.setText(f"{totals.longest_tokens:,}")

    def _show_waiting(self) -> None:
        for name in (
            self.tr("Tokens (o200k)"),
            self.tr("Longest row"),
            self.tr("Trained tokens"),
            self.tr("On this computer"),
        ):
            self._values.set(name, self.tr("counting…"))
        self._histogram.set_bins(())

    def _time_here(self, totals: Totals, counts: Counts, resolved: auto.Resolved) -> str:
        if not counts.train:
            return "—"
        steps = auto.n_steps(counts.train, resolved)
        mean_tokens = totals.tokens / max(1, counts.all)
        seconds = auto.local_seconds(steps, resolved.batch_size, mean_tokens)
        return self.tr("free · about {time}").format(time=duration(seconds))
