"""Automatic measures of both models, and the rows where the tuned one gained and lost most."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from tunedesk.core.measures import Measure, Scored
from tunedesk.services.compare.results_types import ResultsView
from tunedesk.ui.pages.results import measure_words
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row, rule
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

_NUMBER_PX = 76
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class MeasuresCard(Card):
    """One line a measure: its name and what it is, the base model's figure, the tuned one's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(measure_words.heading(0), parent=parent)
        self._parts: list[QWidget] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        for place in (1, 2):
            self._grid.setColumnMinimumWidth(place, _NUMBER_PX)
        self.none = PlainLabel(
            self.tr("Nothing to measure yet. Judge the test set in Compare: each row's reply is "
                    "what the answers are held against."),
            "second",
            wrap=True,
        )  # fmt: skip
        self.body.addWidget(self.none)
        self.body.addLayout(self._grid)
        self.body.addStretch()

    def show_view(self, view: ResultsView) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []
        n_rows = view.n_measured or max((one.n for one in view.measures), default=0)
        self.title.setText(measure_words.heading(n_rows))
        self.none.setVisible(not view.measures)
        if view.measures:
            self._put(0, PlainLabel(""), _number(self.tr("Base")), _number(self.tr("Tuned")))
        for at, measure in enumerate(view.measures):
            self._add(2 * at + 1, measure)

    def _add(self, at: int, measure: Measure) -> None:
        line = rule()
        self._grid.addWidget(line, at, 0, 1, 3)
        name, about = measure_words.name_and_line(measure)
        said = QWidget()
        told = PlainLabel(about, "second", wrap=True)
        said.setLayout(column(ElidedLabel(name), told, spacing=0))
        figures = []
        for who, value in (("base", measure.base), ("tuned", measure.tuned)):
            label = _number(measure_words.figure(measure, value), "strong", who == measure.better)
            spoken = self.tr("Base") if who == "base" else self.tr("Tuned")
            label.setAccessibleName(f"{name}, {spoken}: {label.text()}")
            figures.append(label)
        self._put(at + 1, said, *figures)
        self._parts.append(line)

    def _put(self, at: int, *parts: QWidget) -> None:
        for place, part in enumerate(parts):
            self._grid.addWidget(part, at, place)
            self._parts.append(part)


class ExtremesCard(Card):
    """`row_wanted(digest)` when a row is pressed. Hidden while there is none."""

    row_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Rows that changed most"), parent=parent)
        about = self.tr("Similarity to the row's reply, base → tuned, of the prompts you judged.")
        self.body.addWidget(PlainLabel(about, "second", wrap=True))
        self._columns = [
            _Extremes(self.tr("Gained most")),
            _Extremes(self.tr("Lost most")),
        ]
        line = row(spacing=28)
        for part in self._columns:
            part.row_wanted.connect(self.row_wanted)
            line.addWidget(part, 1)
        self.body.addLayout(line)

    def show_view(self, view: ResultsView) -> None:
        for part, rows in zip(self._columns, (view.best, view.worst), strict=True):
            part.show_rows(rows)
        self.setVisible(bool(view.best or view.worst))


class _Extremes(QWidget):
    row_wanted = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._rows: list[QWidget] = []
        self._box = column(PlainLabel(title, "strong"), spacing=6)
        self.setLayout(self._box)
        self._none = PlainLabel(self.tr("none"), "second")
        self._box.addWidget(self._none)
        self._box.addStretch()

    def show_rows(self, rows: Sequence[Scored]) -> None:
        for part in self._rows:
            part.hide()
            part.deleteLater()
        self._rows = []
        self._none.setVisible(not rows)
        for at, scored in enumerate(rows):
            self._add(at, scored)

    def _add(self, at: int, scored: Scored) -> None:
        made = QWidget()
        said = f"{scored.base:.0f} → {scored.tuned:.0f}"
        prompt = " ".join(scored.prompt[:200].split())
        show = button(
            self.tr("Show"),
            partial(self.row_wanted.emit, scored.prompt_digest or ""),
            look="link",
            name=self.tr("Show in Data: {prompt}, {said}").format(prompt=prompt, said=said),
        )
        line = row(ElidedLabel(prompt), PlainLabel(said, "second"), show)
        line.setStretch(0, 1)
        made.setLayout(line)
        self._box.insertWidget(at + 1, made)
        self._rows.append(made)


def _number(text: str, look: str = "second", is_better: bool = True) -> QLabel:
    label = PlainLabel(text, look if is_better else "body")
    label.setAlignment(_RIGHT)
    return label
