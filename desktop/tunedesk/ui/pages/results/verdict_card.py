"""The first card: one sentence, its interval, and how sure it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.services.compare.results_types import ResultsView
from tunedesk.ui.pages.results import words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.interval_bar import IntervalBar
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.text import PlainLabel


class VerdictCard(Card):
    """Words the votes; `pages/results/words.py` holds the rules."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.headline = PlainLabel("", "verdict", wrap=True)
        self.details = PlainLabel("", "lead", wrap=True)
        self.chip = PlainLabel("", "chip")
        self.advice = PlainLabel("", "second", wrap=True)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.advice.setFixedWidth(220)
        self.bar = IntervalBar(theme)
        self.bar.setMaximumWidth(660)
        for label in (self.headline, self.details):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        left = column(self.headline, self.details, 4, self.bar, spacing=6)
        right = column(spacing=8)
        right.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignRight)
        right.addWidget(self.advice)
        right.addStretch()
        line = row(spacing=20)
        line.addLayout(left, 1)
        line.addLayout(right)
        self.body.setContentsMargins(22, 18, 22, 14)
        self.body.addLayout(line)

    def show_view(self, view: ResultsView) -> None:
        verdict = view.verdict
        headline, details = words.headline(verdict), words.details(verdict)
        self.headline.setText(headline)
        self.details.setText(details)
        look, text = words.chip(verdict)
        self.chip.set_look(look)
        self.chip.setText(text)
        self.advice.setText(words.advice(view))
        self.advice.setVisible(bool(self.advice.text()))
        self.bar.set_values(verdict.share, verdict.low, verdict.high, f"{headline}. {details}")
