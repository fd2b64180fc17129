"""The second card: who won where a reason was given."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.services.results import ResultsView
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.share_bar import Legend, ShareBar
from tunedesk.ui.widgets.text import PlainLabel

STRETCHES = ("tuned", "tie", "base")


class ReasonsCard(Card):
    """One bar a reason, the most used first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("By reason"), parent=parent)
        self._theme = theme
        self._lines: list[QWidget] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnMinimumWidth(0, 120)
        self._grid.setColumnMinimumWidth(2, 40)
        self._grid.setColumnStretch(1, 1)
        self._none = PlainLabel(self.tr("No vote has a reason yet."), "second")
        self._legend = Legend(STRETCHES, theme)
        bars = QWidget()
        bars.setLayout(self._grid)
        bars.setMaximumWidth(820)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(bars)
        self.body.addWidget(self._none)
        self.body.addWidget(self._legend)
        self.body.addStretch()

    def show_reasons(self, view: ResultsView) -> None:
        for part in self._lines:
            part.deleteLater()
        self._lines = []
        ordered = sorted(view.by_reason, key=lambda line: -sum(line[1:]))
        for at, (reason, *counts) in enumerate(ordered):
            self._add(at, reason, counts)
        self._none.setVisible(not ordered)
        self._legend.setVisible(bool(ordered))
        self._legend.set_names([view.tuned_label, self.tr("tie or both bad"), view.base_label])

    def _add(self, at: int, reason: str, counts: Sequence[int]) -> None:
        tuned, tie, base = counts
        spoken = self.tr("{reason}: tuned {tuned}, tie {tie}, base {base}").format(
            reason=reason_word(reason), tuned=tuned, tie=tie, base=base
        )
        bar = ShareBar(self._theme)
        bar.set_stretches(list(zip(counts, STRETCHES, strict=True)), spoken)
        total = PlainLabel(str(sum(counts)), "second")
        total.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = [PlainLabel(reason_word(reason)), bar, total]
        for column, part in enumerate(line):
            self._grid.addWidget(part, at, column)
        self._lines += line


def reason_word(reason: str) -> str:
    """A reason in the person's language; an unknown one as it is stored."""
    known = {
        "accuracy": QCoreApplication.translate("Results", "accuracy"),
        "tone": QCoreApplication.translate("Results", "tone"),
        "format": QCoreApplication.translate("Results", "format"),
        "length": QCoreApplication.translate("Results", "length"),
        "safety": QCoreApplication.translate("Results", "safety"),
    }
    return known.get(reason, reason)
