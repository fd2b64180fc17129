"""The split bar and its settings, made into edits."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import Edit, SetSplitRule, SetSplits
from tunedesk.ui.pages.data.bulk import Bulk
from tunedesk.ui.pages.data.rows_panel import RowsPanel
from tunedesk.ui.pages.data.split_popup import SplitPopup
from tunedesk.ui.theme import Theme


class Splitting(QObject):
    """One edit at the end of a drag, none while it is under way."""

    def __init__(
        self,
        rows: RowsPanel,
        bulk: Bulk,
        push: Callable[[str, Edit], object],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._bar, self._again = rows.split, rows.draw_again
        self._bulk, self._push = bulk, push
        self.popup = SplitPopup(theme, parent)
        self._bar.chosen.connect(self._chosen)
        self._bar.opened.connect(self._open)
        self._again.clicked.connect(self._draw_again)
        self.popup.rule_asked.connect(self._set_rule)
        self.popup.give_back_asked.connect(self._give_back)
        self.popup.tag_asked.connect(self._by_tag)

    def refresh(self) -> None:
        """The split may have changed."""
        session = self._bulk.session
        self._again.setVisible(session is not None and session.lacks_test)
        if session is None or not self.popup.isVisible():
            return
        rule = session.split_rule
        self.popup.show_split(
            rule.seed,
            rule.test_share,
            counts=session.counts(),
            n_leaks=session.n_leaks,
            n_choices=len(session.rows_with_choice()),
            tags=session.all_tags(),
        )

    def _open(self) -> None:
        if self._bulk.session is not None:
            corner = QPoint(self._bar.width(), self._bar.height())
            self.popup.open_at(self._bar.mapToGlobal(corner))
            self.refresh()

    def _chosen(self, share: float) -> None:
        session = self._bulk.session
        if share >= 0 and session is not None:
            self._set_rule(session.split_rule.seed, share)

    def _draw_again(self) -> None:
        session = self._bulk.session
        seed = session.other_seed() if session is not None else None
        self._bar.setFocus()  # the link goes
        if session is not None and seed is not None:
            self._set_rule(seed, session.split_rule.test_share)
        else:
            self._open()

    def _set_rule(self, seed: int, share: float) -> None:
        session = self._bulk.session
        if session is None:
            return
        before = session.split_rule
        if before.seed != seed:
            name = self.tr("split by seed {seed}").format(seed=seed)
        else:
            test = round(100 * share)
            name = self.tr("split {train} / {test}").format(train=100 - test, test=test)
        if (before.seed, before.test_share) != (seed, share):
            self._push(name, SetSplitRule(seed=seed, test_share=share))
        self.refresh()

    def _give_back(self) -> None:
        session = self._bulk.session
        rows = session.rows_with_choice() if session is not None else []
        if rows:
            name = self.tr("give my {n} choices back to the seed").format(n=f"{len(rows):,}")
            self._push(name, SetSplits(array("i", rows), (None,) * len(rows)))
            self.refresh()

    def _by_tag(self, tag: str, side: str) -> None:
        session = self._bulk.session
        if session is not None:
            self._bulk.split(session.rows_tagged(tag), side)
            self.refresh()
