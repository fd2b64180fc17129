"""Every model that was rated alone, with its mean and how many passed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from tunedesk.core.statistics.ratings import RatingSummary
from tunedesk.services.compare.rated import Rated
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

_MOST_SHOWN = 8
_NAME_PX = 170


class SummaryCard(QFrame):
    """A line for each model; gone while nothing was rated."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reference")
        self.lines: list[str] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setColumnMinimumWidth(0, _NAME_PX)
        self._grid.setColumnStretch(1, 1)
        head = PlainLabel(self.tr("Rated so far, with 95 % intervals"), "second")
        self.setLayout(column(head, self._grid, spacing=4, margins=(18, 8, 18, 8)))
        self.hide()

    def show_summaries(self, found: Sequence[Rated]) -> None:
        """The one rated last first."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.lines = []
        for line, one in enumerate(found[:_MOST_SHOWN]):
            words = self.words(one.summary)
            self.lines.append(f"{one.who.label}: {words}")
            self._grid.addWidget(ElidedLabel(one.who.label, "strong"), line, 0)
            self._grid.addWidget(PlainLabel(words, "second"), line, 1)
        self.setVisible(bool(found))

    def words(self, summary: RatingSummary) -> str:
        """A summary in one line."""
        parts = []
        if summary.mean is not None:
            parts.append(
                self.tr("{mean} of 5 on average ({low} to {high}), {n} rated").format(
                    mean=f"{summary.mean:.1f}",
                    low=f"{summary.low:.1f}",
                    high=f"{summary.high:.1f}",
                    n=summary.n_stars,
                )
            )
        if summary.passes is not None and summary.passes.value is not None:
            share = summary.passes
            parts.append(
                self.tr("{share} % pass ({low} to {high}), {n} rated").format(
                    share=f"{100 * summary.passes.value:.0f}",
                    low=f"{100 * share.low:.0f}",
                    high=f"{100 * share.high:.0f}",
                    n=share.n,
                )
            )
        return " · ".join(parts)
