"""Who won where a reason was given, and where a row has a tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.core.statistics import Group
from tunedesk.services.compare.results_types import ResultsView
from tunedesk.ui.pages.results.trust_words import share_words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.share_bar import Legend, ShareBar
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip

STRETCHES = ("tuned", "tie", "base")


class GroupsCard(Card):
    """One bar a reason, then one a tag, the most used first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("By reason"), parent=parent)
        self._theme = theme
        self._none = PlainLabel(self.tr("No vote has a reason yet."), "second")
        self.reasons = _Bars(theme, reason_word)
        self._tag_title = PlainLabel(self.tr("By tag"), "heading")
        self.tags = _Bars(theme, str)
        self._legend = Legend(STRETCHES, theme)
        self.note = PlainLabel("", "second", wrap=True)
        for part in (self._none, self.reasons, self._tag_title, self.tags, self._legend, self.note):
            self.body.addWidget(part)
        self.body.addStretch()

    def show_view(self, view: ResultsView) -> None:
        self.reasons.show_groups(view.by_reason)
        self.tags.show_groups(view.by_tag)
        has_lines = bool(view.by_reason or view.by_tag)
        self._none.setVisible(not view.by_reason)
        self._tag_title.setVisible(bool(view.by_tag))
        self._legend.setVisible(has_lines)
        self.note.setVisible(has_lines)
        self.note.setText(groups_note(view))
        self._legend.set_names([view.tuned_label, self.tr("tie or both bad"), view.base_label])


class _Bars(QWidget):
    """Name, bar, votes, and a word where a line is clear on its own."""

    def __init__(self, theme: Theme, word: Callable[[str], str]) -> None:
        super().__init__()
        self._theme, self._word = theme, word
        self._parts: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnMinimumWidth(0, 110)
        self._grid.setColumnMinimumWidth(2, 30)
        self._grid.setColumnMinimumWidth(3, 44)
        self._grid.setColumnStretch(1, 1)

    def show_groups(self, groups: Sequence[Group]) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []
        for at, group in enumerate(groups):
            self._add(at, group)
        self.setVisible(bool(groups))

    def _add(self, at: int, group: Group) -> None:
        name = self._word(group.name)
        counts = (group.wins, group.even, group.losses)
        spoken = self.tr("{name}: tuned {tuned}, tie {tie}, base {base}; tuned wins {share}")
        said = spoken.format(
            name=name,
            tuned=group.wins,
            tie=group.even,
            base=group.losses,
            share=share_words(group.share),
        )
        bar = ShareBar(self._theme)
        bar.set_stretches(list(zip(counts, STRETCHES, strict=True)), said)
        set_tip(bar, said)
        total = PlainLabel(f"{group.n_votes:,}", "second")
        total.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        clear = PlainLabel(self.tr("clear") if group.is_clear else "", "second")
        for place, part in enumerate((ElidedLabel(name), bar, total, clear)):
            self._grid.addWidget(part, at, place)
            self._parts.append(part)


def groups_note(view: ResultsView) -> str:
    """On many comparisons, and what "clear" is."""
    n_clear = sum(group.is_clear for group in (*view.by_reason, *view.by_tag))
    tr = QCoreApplication.translate
    if n_clear:
        return tr("Results", "“clear”: beyond chance by itself, after correcting for the other "
                             "lines (Holm). Of the rest, one may look good by chance.")  # fmt: skip
    return tr("Results", "No line is beyond chance by itself, after correcting for the others "
                         "(Holm): with several lines, one may look good by chance.")  # fmt: skip


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
