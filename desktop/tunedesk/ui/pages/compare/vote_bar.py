"""The lower edge of Compare: which is better, why, and on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.buttons import button, button_with_key
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.widgets.tips import set_tip

Choice = Literal["A", "B", "tie", "both_bad"]

REASONS = ("accuracy", "tone", "format", "length", "safety")
MOST_REASONS = 9
_WIDE_PX, _NARROWEST_PX = 950, 802
_BESIDE_PX = 12


class NoteField(LineEdit):
    """Comfortably wide where there is room, and narrow where there is none."""

    def sizeHint(self) -> QSize:
        return QSize(280, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(90, super().minimumSizeHint().height())


class VoteBar(QFrame):
    """Emits what the person wants; decides nothing. Locked (`lock`) until there is a choice."""

    voted = Signal(str)
    next_wanted = Signal()
    reference_wanted = Signal()
    edit_wanted = Signal()
    stop_wanted = Signal()
    left_note = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("voteBar")
        self._choices = self._make_choices()
        self._reasons = self._make_reasons()
        self.note = NoteField()
        self.note.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.note.setPlaceholderText(self.tr("Note…"))
        self.note.setAccessibleName(self.tr("Note on this vote"))
        self.note.setMaxLength(2000)
        self.note.installEventFilter(self)
        self.reference = self._small(self.tr("Reference reply"), "R", self.reference_wanted)
        self.edit = self._small(self.tr("Edit the winner into the dataset"), "E", self.edit_wanted)
        self.edit.setEnabled(False)
        self.edit.setAccessibleDescription(self.tr("After a vote for A or B"))
        self.stop = self._small(self.tr("Stop"), "Esc", self.stop_wanted)
        self.next = _vote_button(self.tr("Next"), "→", self.next_wanted.emit)
        self.outcome = ElidedLabel("", "strong")
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._upper, self._last, self._own = QStackedWidget(), QStackedWidget(), QWidget()
        self._arrange()
        self.lock()

    def _make_choices(self) -> dict[str, QPushButton]:
        words = (
            ("A", self.tr("A is better"), "←"),
            ("tie", self.tr("Tie"), "↓"),
            ("both_bad", self.tr("Both bad"), "0"),
            ("B", self.tr("B is better"), "→"),
        )
        made = {
            choice: _vote_button(text, key, partial(self.voted.emit, choice))
            for choice, text, key in words
        }
        for one in made.values():
            one.setAccessibleDescription(self.tr("Once both answers are there"))
        return made

    def _make_reasons(self) -> dict[str, QPushButton]:
        words = (
            self.tr("accuracy"), self.tr("tone"), self.tr("format"),
            self.tr("length"), self.tr("safety"),
        )  # fmt: skip
        made = {}
        for number, (reason, word) in enumerate(zip(REASONS, words, strict=True), start=1):
            made[reason] = self._chip(word, number)
        return made

    def _chip(self, word: str, number: int) -> QPushButton:
        chip = button(word, look="filter", name=self.tr("Reason: {word}").format(word=word))
        set_tip(chip, self.tr("Key {n}").format(n=number))
        return chip

    def _small(self, text: str, key: str, wanted: SignalInstance) -> QPushButton:
        made = button_with_key(text, key, wanted.emit, look="quiet")
        made.more_px = _BESIDE_PX
        for word in made.findChildren(PlainLabel)[:1]:
            word.set_look("second")
        policy = made.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        made.setSizePolicy(policy)
        return made

    def _arrange(self) -> None:
        ask = QWidget()
        ask.setLayout(row(None, *self._choices.values(), None, spacing=10))
        told = QWidget()
        line = row(spacing=14)
        line.addWidget(self.outcome, 1)
        line.addWidget(self.next)
        line.addStretch(1)
        told.setLayout(line)
        for part in (ask, told):
            self._upper.addWidget(part)
        self._upper.setFixedHeight(40)
        why = row(None, PlainLabel(self.tr("Why?"), "second"), spacing=7)
        why.addLayout(row(*self._reasons.values(), spacing=7))
        self._last.addWidget(self.edit)
        self._last.addWidget(self.stop)
        self._last.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for part in (self.note, self.reference, self._last):
            why.addWidget(part)
        why.addStretch()
        self._own.setLayout(row(None, None, spacing=7))
        self._own.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 10, 18, 10)
        box.setSpacing(8)
        box.addWidget(self._upper)
        box.addLayout(why)
        box.addWidget(self._own)

    # --- what the page says ---

    def set_own_reasons(self, own: Sequence[str]) -> None:
        """Reasons a person added, after those that are always there; at most nine in all."""
        for word in own:
            if word not in self._reasons and len(self._reasons) < MOST_REASONS:
                chip = self._chip(word, len(self._reasons) + 1)
                self._reasons[word] = chip
                line = self._own.layout()
                if isinstance(line, QHBoxLayout):
                    line.insertWidget(line.count() - 1, chip)
                self._own.show()

    def show_stop(self, shown: bool) -> None:
        """While answers are written there is nothing to edit, and nothing to stop otherwise."""
        self._last.setCurrentWidget(self.stop if shown else self.edit)

    def minimumSizeHint(self) -> QSize:
        """With the fewer words, whichever stand there now: a wide window can be made small."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _NARROWEST_PX), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room the button for editing has fewer words."""
        super().resizeEvent(event)
        word = self.edit.findChildren(PlainLabel)[0]
        is_wide = self.width() >= _WIDE_PX
        text = self.tr("Edit the winner into the dataset") if is_wide else self.tr("Edit winner")
        if word.text() != text:
            word.setText(text)
            _fit(self.edit)
            self._last.setFixedWidth(self.edit.width())

    def lock(self) -> None:
        """Nothing can be chosen now (answers are still being written, or cannot be compared)."""
        self._upper.setCurrentIndex(0)
        for made in self._choices.values():
            made.setEnabled(False)

    def open(self, *, identical: bool = False) -> None:
        """A choice can be made; between identical answers only a tie."""
        self._upper.setCurrentIndex(0)
        for choice, made in self._choices.items():
            made.setEnabled(not identical or choice == "tie")

    def can_vote(self, choice: str) -> bool:
        return self._upper.currentIndex() == 0 and self._choices[choice].isEnabled()

    def choose(self, reasons: Sequence[str], note: str) -> None:
        """Show what was said with a vote that is changed now."""
        for reason, chip in self._reasons.items():
            chip.setChecked(reason in reasons)
        self.note.setText(note)

    def show_outcome(self, text: str, next_text: str) -> None:
        """The vote is made (or cannot be): say so and offer the next prompt."""
        self.outcome.setText(text)
        self.outcome.setAccessibleName(text)
        self.next.setAccessibleName(next_text)
        labels = list(self.next.findChildren(PlainLabel))
        labels[0].setText(next_text)
        _fit(self.next)
        self._upper.setCurrentIndex(1)
        announce(self, text)

    @property
    def can_go_on(self) -> bool:
        return self._upper.currentIndex() == 1 and self.next.isEnabled()

    def fresh(self) -> None:
        """A new round: no reason, no note."""
        for chip in self._reasons.values():
            chip.setChecked(False)
        self.note.clear()
        self.set_reasons_enabled(True)

    def set_reasons_enabled(self, enabled: bool) -> None:
        for part in (*self._reasons.values(), self.note):
            part.setEnabled(enabled)

    def toggle_reason(self, number: int) -> None:
        """Press chip 1–9, if there is one and it can be pressed."""
        chips = list(self._reasons.values())
        if number <= len(chips) and chips[number - 1].isEnabled():
            chips[number - 1].toggle()

    @property
    def reasons(self) -> list[str]:
        return [reason for reason, chip in self._reasons.items() if chip.isChecked()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Esc leave the note, so that the next key votes again."""
        if watched is self.note and isinstance(event, QKeyEvent):
            leaves = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
            if leaves and event.type() == QEvent.Type.KeyPress:
                self.left_note.emit()
                return True
        return super().eventFilter(watched, event)


def _vote_button(text: str, key: str, on_click: Callable[[], object]) -> QPushButton:
    made = button_with_key(text, key, on_click, look="vote")
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    made.more_px = _BESIDE_PX
    return made


def _fit(made: QPushButton) -> None:
    layout = made.layout()
    if layout is not None:
        made.setFixedWidth(layout.sizeHint().width() + _BESIDE_PX)
