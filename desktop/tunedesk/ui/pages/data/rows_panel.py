"""The left side of the Data page: filter chips, split bar, the grid, and the problems."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSplitter, QToolTip, QVBoxLayout, QWidget

from tunedesk.services.dataset.session import Counts
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.filter_chips import FilterChips
from tunedesk.ui.pages.data.find_bar import FindBar
from tunedesk.ui.pages.data.grid import RowsGrid
from tunedesk.ui.pages.data.problems import Problems
from tunedesk.ui.pages.data.selection_bar import RowActions, SelectionBar
from tunedesk.ui.pages.data.split_bar import SplitBar
from tunedesk.ui.pages.data.two_groups import TwoGroups
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.kept_splitter import keep_sizes
from tunedesk.ui.widgets.layout import column, row, rule
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip, tip

_AROUND_PX = 16  # a button's words


class RowsPanel(QFrame):
    """`filter_changed(chip)` with a chip's name, as `FilterChips.chosen` has it."""

    filter_changed = Signal(str)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, memory: Memory | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._memory = memory or Memory()
        self.grid = RowsGrid(theme, memory=self._memory)
        self.problems = Problems(theme)
        self.find_bar = FindBar(theme)
        self.row_actions = RowActions(self)
        self.row_actions.hide()
        self.selection = SelectionBar(self.row_actions)
        self.selection.asked.connect(self.row_actions.asked)
        self.said = Notice()
        self.empty = PlainLabel("", "second", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.split = SplitBar(theme)
        self.share = button("", self.split.opened.emit, look="tab")
        widest = self.share.fontMetrics().horizontalAdvance("100 / 100")
        self.share.setMinimumWidth(widest + _AROUND_PX)
        self.draw_again = button(self.tr("No test rows: draw another seed"), look="link")
        set_tip(self.draw_again, self.tr("The seed happens to put every row in train, so nothing "
                                         "would be left to compare on. Another one does not; "
                                         "undo brings this one back."))  # fmt: skip
        self.draw_again.hide()
        self._split_word = PlainLabel(self.tr("Split"), "second")
        self.chips = FilterChips()
        self._chips = self.chips.chips
        self.chips.chosen.connect(self.filter_changed)
        self.split.previewed.connect(lambda _share: self._show_share())
        self.split.chosen.connect(lambda _share: self._show_share())
        self._arrange()

    def _arrange(self) -> None:
        chips = row()
        chips.addWidget(self.chips, 1)
        share = row(None, self.draw_again, self._split_word, self.split, self.share)
        top = TwoGroups(chips, share, spacing=8)
        top.setContentsMargins(14, 6, 14, 6)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        shown = QWidget()  # the line below the rows takes its room from them alone
        shown.setLayout(column(self.grid, self.selection, spacing=0))
        self.splitter.addWidget(shown)
        self.splitter.addWidget(self.problems)
        self.splitter.setStretchFactor(0, 1)
        keep_sizes(self.splitter, self._memory, "splitter.problems", [600, 150])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for part in (top, rule(), self.find_bar, self.said, self.empty):
            box.addWidget(part)
        box.addWidget(self.splitter, 1)

    @property
    def chip(self) -> str:
        return self.chips.chip

    def show_all(self) -> None:
        """Back to the unfiltered rows."""
        self.chips.choose("all")

    def say(self, text: str) -> None:
        """A sentence above the rows that can be closed."""
        self.said.tell(text, (self.tr("Close"), self.said.hide), kind="info")

    def show_counts(self, counts: Counts, tags: dict[str, int] | None = None) -> None:
        self.chips.show_counts(counts, tags or {})
        self.split.set_counts(counts.train, counts.test)
        self._show_share()
        nothing = counts.all == 0
        self.empty.setVisible(nothing)
        self.empty.setText(
            self.tr("No rows yet. Press Ctrl+Shift+N for a first one, or drop a .jsonl file here.")
        )
        self.empty.setContentsMargins(24, 40, 24, 40)

    def _show_share(self) -> None:
        train, test = self.split.percent
        n_train, n_test = self.split.counts
        self.share.setText(f"{train} / {test}")
        self.share.setAccessibleName(self.tr("Split {share}").format(share=self.share.text()))
        if self.split.is_previewing:  # beside the line: nothing in it moves under the hand
            about = self.tr("about {train} / {test} rows").format(
                train=f"{n_train:,}", test=f"{n_test:,}"
            )
            place = self.split.mapToGlobal(self.split.rect().bottomLeft())
            QToolTip.showText(place, tip(about), self.split)
        else:
            QToolTip.hideText()
        words = self.tr("{train} rows train, {test} test, in percent {share}. Drag the border, or "
                        "click for the seed and more.")  # fmt: skip
        said = words.format(train=f"{n_train:,}", test=f"{n_test:,}", share=f"{train} / {test}")
        set_tip(self.share, said)
        set_tip(self.split, said)
        self.split.setAccessibleDescription(said)

    def show_problems(self, shown: bool) -> None:
        self.problems.setVisible(shown)
