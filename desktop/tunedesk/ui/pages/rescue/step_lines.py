"""The steps of saving, a line each: a name, a bar, a figure."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.services.rescue.state import RescueState, Step
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import size

_BAR_PX = 6


_MISSING_IN: Mapping[str, tuple[str, ...]] = {
    "jobs": (),
    "files": ("file",),
    "curves": ("events", "checkpoints"),
    "results": ("result",),
}
"""What could not be had of each step, as `Missing.what` says it."""


def _without(step: Step, n_missing: int) -> Step:
    """What could not be had was looked at, and is not there."""
    return Step(max(0, step.n_done - n_missing), step.n_all)


class StepLines(QWidget):
    """Figures change in place, so that nothing jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(18)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(2, 150)
        self._bars: dict[str, ProgressBar] = {}
        self._figures: dict[str, PlainLabel] = {}
        for key, name in (
            ("jobs", self.tr("Jobs")),
            ("files", self.tr("Training and test files")),
            ("curves", self.tr("Events and curves")),
            ("results", self.tr("Result files")),
            ("answers", self.tr("Answers of tuned models")),
        ):
            self._add(key, name)

    def _add(self, key: str, name: str) -> None:
        line = len(self._bars)
        bar = self._bars[key] = ProgressBar()
        bar.setFixedHeight(_BAR_PX)
        bar.setAccessibleName(name)
        self._figures[key] = PlainLabel("", "second")
        self._grid.addWidget(PlainLabel(name, "heading"), line, 0)
        self._grid.addWidget(bar, line, 1)
        self._grid.addWidget(self._figures[key], line, 2)

    def show_state(self, state: RescueState) -> None:
        for key, step in (
            ("jobs", state.jobs),
            ("curves", state.curves),
            ("files", state.files),
            ("results", state.results),
        ):
            step = _without(step, sum(one.what in _MISSING_IN[key] for one in state.missing))
            words = self._words(step)
            if key == "files" and step.n_all and state.n_bytes:
                words = f"{words} · {size(state.n_bytes)}"
            self._show(key, step, words)

    def show_answers(self, step: Step, words: str) -> None:
        """How many prompts have an answer, or what asking would cost."""
        self._show("answers", step, words)

    def words(self, key: str) -> str:
        """What stands at the end of a line."""
        return self._figures[key].text()

    def _show(self, key: str, step: Step, words: str) -> None:
        self._figures[key].setText(words)
        bar = self._bars[key]
        bar.setRange(0, max(step.n_all or 0, 1))
        bar.setValue(step.n_done if step.n_all else int(step.is_done))
        bar.setAccessibleDescription(words)
        look = "done" if step.is_done else ""
        if bar.property("look") != look:
            bar.setProperty("look", look)
            bar.style().unpolish(bar)
            bar.style().polish(bar)

    def _words(self, step: Step) -> str:
        if step.n_all is None:
            return self.tr("{n} so far").format(n=f"{step.n_done:,}") if step.n_done else ""
        if step.n_all == 0:
            return self.tr("none there")
        return self.tr("{n} of {all}").format(n=f"{step.n_done:,}", all=f"{step.n_all:,}")
