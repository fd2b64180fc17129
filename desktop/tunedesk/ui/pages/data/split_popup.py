"""Where the split is set: seed, share, choices of one's own, tags; with counts and leaks."""

from __future__ import annotations

import random

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.services.dataset.session import Counts
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import column, row, rule
from tunedesk.ui.widgets.number_box import NumberBox
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import counted

_MOST_SEED = 2**31 - 1
_WIDTH_PX = 400


class SplitPopup(QFrame):
    """`rule_asked(seed, test share)`, `give_back_asked()` for every choice of one's own, and
    `tag_asked(tag, side)`. Closed by a click elsewhere or Escape."""

    rule_asked = Signal(int, float)
    give_back_asked = Signal()
    tag_asked = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("look", "card")
        self.setAccessibleName(self.tr("Split"))
        self.share = NumberBox(self.tr("Share of test rows in percent"), 0, 90)
        self.share.setSuffix(" %")
        self.seed = NumberBox(self.tr("Seed"), 0, _MOST_SEED)
        self.seed.setMinimumWidth(120)
        for box in (self.share, self.seed):
            box.editingFinished.connect(self._ask_rule)
        self.draw = button(self.tr("Draw anew"), self._draw)
        self.counts = PlainLabel("", "second", wrap=True)
        self.leaks = PlainLabel("", "second", wrap=True)
        self.give_back = button("", self.give_back_asked.emit)
        self.tag = ChoiceBox(theme, self.tr("Tag"))
        self.to_test = button(self.tr("to test"), lambda: self._ask_tag("test"))
        self.to_train = button(self.tr("to train"), lambda: self._ask_tag("train"))
        self._known: tuple[int, float] | None = None
        self._arrange()

    def _arrange(self) -> None:
        self._by_tag = QWidget()
        self._by_tag.setLayout(
            row(PlainLabel(self.tr("All rows tagged"), "second"), self.tag, self.to_test,
                self.to_train, None)
        )  # fmt: skip
        why = self.tr(
            "The seed decides by a row's prompt, so that a row stays on its side wherever it is "
            "moved, and rows that ask the same stay together."
        )
        self.setLayout(
            column(
                row(PlainLabel(self.tr("Split"), "heading"), None),
                row(PlainLabel(self.tr("Test share"), "second"), self.share, None),
                row(PlainLabel(self.tr("Seed"), "second"), self.seed, self.draw, None),
                PlainLabel(why, "second", wrap=True),
                rule(),
                self.counts,
                self.leaks,
                row(self.give_back, None),
                self._by_tag,
                margins=(16, 14, 16, 14),
            )
        )
        self.setFixedWidth(_WIDTH_PX)

    def show_split(
        self,
        seed: int,
        test_share: float,
        *,
        counts: Counts,
        n_leaks: int,
        n_choices: int,
        tags: dict[str, int],
    ) -> None:
        """The split as it is."""
        self._known = seed, test_share
        self.share.setValue(round(100 * test_share))
        self.seed.setValue(min(seed, _MOST_SEED))
        words = self.tr("{train} train · {test} test · {aside} set aside")
        self.counts.setText(
            words.format(
                train=f"{counts.train:,}", test=f"{counts.test:,}", aside=f"{counts.aside:,}"
            )
        )
        self.leaks.set_look("second-error" if n_leaks else "second")
        leaks = self.tr("{n} rows of the test set are also in train (leaks).")
        if not n_leaks:
            leaks = self.tr("No leaks between train and test.")
        self.leaks.setText(leaks.format(n=f"{n_leaks:,}"))
        self.give_back.setVisible(n_choices > 0)
        one = self.tr("Give my one choice back to the seed")
        text = counted(n_choices, one, self.tr("Give my {n} choices back to the seed"))
        self.give_back.setText(text)
        self.give_back.setAccessibleName(text)
        self._show_tags(tags)
        self._fit()

    def _fit(self) -> None:
        """As high as what is shown, no line more: parts come and go."""
        box = self.layout()
        assert box is not None
        box.activate()
        self.setFixedHeight(box.totalHeightForWidth(_WIDTH_PX))

    def open_at(self, place: QPoint) -> None:
        """Below a widget's lower right corner."""
        self._fit()
        self.move(place - QPoint(self.width(), -4))
        self.show()
        self.share.setFocus()

    def _show_tags(self, tags: dict[str, int]) -> None:
        chosen = self.tag.currentText()
        self.tag.clear()
        self.tag.addItems(list(tags))
        self.tag.setCurrentIndex(max(0, self.tag.findText(chosen)))
        self._by_tag.setVisible(bool(tags))

    def _ask_rule(self) -> None:
        known = self._known
        if known is None or not self.isVisible():
            return
        same_share = self.share.value() == round(100 * known[1])
        wanted = self.seed.value(), known[1] if same_share else self.share.value() / 100
        if wanted != known:
            self._known = wanted
            self.rule_asked.emit(*wanted)

    def _draw(self) -> None:
        self.seed.setValue(random.SystemRandom().randint(1, 999_999))
        self._ask_rule()

    def _ask_tag(self, side: str) -> None:
        if self.tag.currentText():
            self.tag_asked.emit(self.tag.currentText(), side)
