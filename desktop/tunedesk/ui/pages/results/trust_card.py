"""What else was judged: side, length, steadiness, all models on one scale, and models alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.services.compare.rated import Rated
from tunedesk.services.compare.results_types import ResultsView
from tunedesk.ui.pages.results import rating_words, trust_words
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

_NAME_PX = 170
_FIGURE_PX = 150


class LinesCard(Card):
    """Lines of a name, a figure and a sentence. Hidden while it has none."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self.lines: list[trust_words.Line] = []
        self._parts: list[QWidget] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(0, _NAME_PX)
        self._grid.setColumnMinimumWidth(1, _FIGURE_PX)
        self._grid.setColumnStretch(2, 1)
        self.body.addLayout(self._grid)

    def show_lines(self, lines: list[trust_words.Line]) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []
        self.lines = lines
        for at, line in enumerate(lines):
            name = ElidedLabel(line.name)
            figure, sentence = (
                PlainLabel(line.figure, "strong"),
                PlainLabel(line.sentence, "second"),
            )
            sentence.setWordWrap(True)
            figure.setAccessibleName(f"{line.name}: {line.figure}")
            figure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            for place, part in enumerate((name, figure, sentence)):
                self._grid.addWidget(part, at, place, Qt.AlignmentFlag.AlignTop)
                self._parts.append(part)
        self.setVisible(bool(lines))


class TrustCard(LinesCard):
    """Whether something other than the answers moved the votes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("How far to trust the votes"), parent)

    def show_view(self, view: ResultsView) -> None:
        self.show_lines(trust_words.lines(view))


class RanksCard(LinesCard):
    """Every model that has votes, where there are more than two."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("All models with votes"), parent)
        about = self.tr(
            "The chance to win against a model of average strength, by all votes of the project "
            "together (Bradley–Terry), with the interval that holds 95 % of the results when the "
            "votes are drawn again 1,000 times. Models whose intervals overlap may be equal."
        )
        self.body.addWidget(PlainLabel(about, "second", wrap=True))

    def show_view(self, view: ResultsView) -> None:
        self.show_lines([trust_words.rank_line(rank) for rank in view.ranks])


class RatedCard(LinesCard):
    """Every model that was rated alone, first of all in one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Rated alone"), parent)
        self.headline = PlainLabel("", "lead", wrap=True)
        self.headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.insertWidget(1, self.headline)
        about = self.tr(
            "Answers to test rows that you rated one by one, knowing the model: a mean here says "
            "less than blind votes on the same prompts."
        )
        self.body.addWidget(PlainLabel(about, "second", wrap=True))

    def show_view(self, view: ResultsView) -> None:
        self.show_rated(view.rated)

    def show_rated(self, rated: Sequence[Rated]) -> None:
        self.headline.setText(rating_words.headline(rated))
        self.show_lines(rating_words.lines(rated))
