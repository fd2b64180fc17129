"""The left side of the Data page: filter chips, split bar, the grid, and the problems."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSplitter, QVBoxLayout, QWidget

from tunedesk.services.dataset_session import Counts
from tunedesk.ui.pages.data.grid import RowsGrid
from tunedesk.ui.pages.data.problems import Problems
from tunedesk.ui.pages.data.split_bar import SplitBar
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row, rule
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip


class RowsPanel(QFrame):
    """`filter_changed(chip)` with "all", "train", "test" or "problems"."""

    filter_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.grid = RowsGrid(theme)
        self.problems = Problems(theme)
        self.empty = PlainLabel("", "second", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._split = SplitBar(theme)
        self._share = PlainLabel("", "second")
        self._chips: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        for chip in ("all", "train", "test", "problems"):
            made = button("", partial(self.filter_changed.emit, chip), look="filter")
            self._chips[chip] = made
            self._group.addButton(made)
        self._chips["all"].setChecked(True)
        self._arrange()

    def _arrange(self) -> None:
        top = QFrame()
        top.setLayout(
            row(
                *self._chips.values(),
                None,
                PlainLabel(self.tr("Split"), "second"),
                self._split,
                self._share,
                margins=(14, 0, 14, 0),
            )
        )
        top.setFixedHeight(42)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.grid)
        self.splitter.addWidget(self.problems)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([600, 150])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(top)
        box.addWidget(rule())
        box.addWidget(self.empty)
        box.addWidget(self.splitter, 1)

    @property
    def chip(self) -> str:
        return next(name for name, made in self._chips.items() if made.isChecked())

    def show_all(self) -> None:
        """Back to the unfiltered rows."""
        self._chips["all"].setChecked(True)

    def show_counts(self, counts: Counts) -> None:
        words = {
            "all": self.tr("All {n}").format(n=f"{counts.all:,}"),
            "train": self.tr("Train {n}").format(n=f"{counts.train:,}"),
            "test": self.tr("Test {n}").format(n=f"{counts.test:,}"),
            "problems": self.tr("Problems {n}").format(n=f"{counts.problems:,}"),
        }
        for name, text in words.items():
            self._chips[name].setText(text)
            self._chips[name].setAccessibleName(text)
        self._split.set_counts(counts.train, counts.test)
        self._share.setText("{} / {}".format(*self._split.percent))
        set_tip(self._share, self.tr("Percent of rows that train / test"))
        nothing = counts.all == 0
        self.empty.setVisible(nothing)
        self.empty.setText(
            self.tr("No rows yet. Press Ctrl+Shift+N for a first one, or drop a .jsonl file here.")
        )
        self.empty.setContentsMargins(24, 40, 24, 40)

    def show_problems(self, shown: bool) -> None:
        self.problems.setVisible(shown)
