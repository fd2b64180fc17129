"""The ratings to give, by button or key."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from tunedesk.core.statistics.ratings import SCALE
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button_with_key
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

STARS, PASS_OR_FAIL = "stars", "pass"


class RateBar(QFrame):
    """`rated(stars or None, passed or None)`, `skip_wanted()`, `undo_wanted()`,
    `reference_wanted()`, `scale_chosen(name)`."""

    rated = Signal(object, object)
    skip_wanted = Signal()
    undo_wanted = Signal()
    reference_wanted = Signal()
    scale_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("voteBar")
        self.scale = ChoiceBox(theme, self.tr("Scale"))
        self.scale.addItem(self.tr("1 to 5"), STARS)
        self.scale.addItem(self.tr("Pass or fail"), PASS_OR_FAIL)
        self.scale.activated.connect(lambda _index: self._choose())
        self.stars = [
            button_with_key(self._word(n), str(n), partial(self._rate, n, None)) for n in SCALE
        ]
        self.passes = [
            button_with_key(self.tr("Pass"), "P", partial(self._rate, None, True)),
            button_with_key(self.tr("Fail"), "F", partial(self._rate, None, False)),
        ]
        for one in (*self.stars, *self.passes):
            one.setAccessibleDescription(self.tr("Once the answer is there"))
        self._sets = QStackedWidget()
        for made in (self.stars, self.passes):
            page = QWidget()
            page.setLayout(row(None, *made, None))
            self._sets.addWidget(page)
        self.note = LineEdit()
        self.note.setPlaceholderText(self.tr("Note…"))
        self.note.setAccessibleName(self.tr("Note on this answer"))
        self.note.setMaxLength(2000)
        small = {"look": "quiet"}
        self.skip = button_with_key(self.tr("Skip"), "→", self.skip_wanted.emit, **small)
        self.undo = button_with_key(self.tr("Undo"), "U", self.undo_wanted.emit, **small)
        self.undo.setAccessibleDescription(self.tr("Takes the last rating back"))
        reference = self.tr("Reference reply")
        self.reference = button_with_key(reference, "R", self.reference_wanted.emit, **small)
        below = row(
            PlainLabel(self.tr("Scale"), "second"),
            self.scale,
            self.note,
            self.reference,
            self.undo,
            self.skip,
            spacing=10,
        )
        below.setStretchFactor(self.note, 1)
        self.setLayout(column(self._sets, below, spacing=10, margins=(18, 12, 18, 12)))
        self.allow(may_rate=False, may_undo=False)

    def _word(self, stars: int) -> str:
        words = {1: self.tr("Useless"), 3: self.tr("Usable"), 5: self.tr("Perfect")}
        return words.get(stars, self.tr("Poor") if stars == 2 else self.tr("Good"))

    @property
    def scale_name(self) -> str:
        """STARS or PASS_OR_FAIL."""
        return str(self.scale.currentData())

    def show_scale(self, name: str) -> None:
        """Choose a scale, unasked."""
        self.scale.setCurrentIndex(max(0, self.scale.findData(name)))
        self._sets.setCurrentIndex(self.scale.currentIndex())

    def _choose(self) -> None:
        self._sets.setCurrentIndex(self.scale.currentIndex())
        self.scale_chosen.emit(self.scale_name)

    def allow(self, *, may_rate: bool, may_undo: bool) -> None:
        """What can be done now."""
        for made in (*self.stars, *self.passes):
            made.setEnabled(may_rate)
        self.undo.setEnabled(may_undo)

    def by_key(self, *, stars: int | None = None, passed: bool | None = None) -> None:
        """A key of the scale that is shown; of the other it does nothing."""
        wants_stars = self.scale_name == STARS
        made = self.stars if wants_stars else self.passes
        if made[0].isEnabled() and wants_stars == (stars is not None):
            self._rate(stars, passed)

    def _rate(self, stars: int | None, passed: bool | None) -> None:
        self.rated.emit(stars, passed)
