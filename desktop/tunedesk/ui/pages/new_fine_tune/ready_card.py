"""Ready to start: what was checked, what it costs, what leaves this computer, and the button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tunedesk.services.train.training import Readiness, ReadyCheck
from tunedesk.ui.pages.new_fine_tune.check_words import check_sentence
from tunedesk.ui.pages.new_fine_tune.cost_words import assumptions, cost_lines, waiting_lines
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, KeyValues, rule
from tunedesk.ui.widgets.text import PlainLabel

_DOUBTS = ("leaks", "same_prompts", "longest_row")
"""Warnings after which it is the person who says that it may start."""

_MARKS = {"ok": "✓", "warning": "▲", "error": "◆", "busy": "○"}


class CheckLine(QWidget):
    """A shape and a sentence; the shape's meaning is in the accessible name."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = PlainLabel("", "mark-ok")
        self.mark.setFixedWidth(16)
        self.mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text = PlainLabel("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self.mark)
        box.addWidget(self.text, 1)

    def show_check(self, check: ReadyCheck) -> None:
        known = check.level if check.level in _MARKS else "busy"
        self.mark.set_look(f"mark-{known}")
        self.mark.setText(_MARKS[known])
        sentence = check_sentence(check)
        self.text.setText(sentence)
        words = {
            "ok": self.tr("Fine: {text}"),
            "warning": self.tr("Warning: {text}"),
            "error": self.tr("In the way: {text}"),
            "busy": self.tr("Not known yet: {text}"),
        }
        self.setAccessibleName(words[known].format(text=sentence))


class ReadyCard(Card):
    """`start_asked()` by the button; it is off, with the reason below it, until all is sure, or
    until what is doubtful is accepted: `doubt_changed()`."""

    start_asked = Signal()
    doubt_changed = Signal()

    def __init__(self, *progress: QWidget) -> None:
        """`progress` stands below the button while something is under way."""
        super().__init__(self.tr("Ready to start"), look="card-sunken")
        self.lines: list[CheckLine] = []
        self.checks = QVBoxLayout()
        self.checks.setSpacing(9)
        self.numbers = KeyValues()
        self.assumed = PlainLabel("", "second", wrap=True)
        self._doubts: tuple[ReadyCheck, ...] = ()
        self.accepts = QCheckBox(self.tr("Start all the same"))
        self.accepts.hide()
        self.accepts.toggled.connect(lambda _on: self.doubt_changed.emit())
        self.start = button(self.tr("Start fine-tune"), self.start_asked.emit, look="primary")
        self.start.setProperty("tall", True)
        self.reason = PlainLabel("", "second", wrap=True)
        self.failure = PlainLabel("", "error", wrap=True)
        self.failure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.failure.hide()
        below = (self.start, *progress, self.failure, self.reason, self.assumed)
        for part in (self.checks, None, self.numbers, None, self.accepts, *below):
            self._add(part)
        self.body.addStretch()
        self._show_numbers(None)

    def _add(self, part: QWidget | QVBoxLayout | None) -> None:
        if isinstance(part, QVBoxLayout):
            self.body.addLayout(part)
        elif part is not None:
            self.body.addWidget(part)
        elif self.body.count() < 4:
            self.body.addWidget(rule())
        else:
            self.body.addSpacing(4)

    def show_readiness(self, readiness: Readiness) -> None:
        """Show the answer; lines are changed where they stand."""
        self.show_checks(readiness.checks)
        doubts = (c for c in readiness.checks if c.level == "warning" and c.code in _DOUBTS)
        self._show_doubts(tuple(doubts))
        self._show_numbers(readiness)

    def show_early(self, checks: Sequence[ReadyCheck], known: Readiness | None) -> None:
        """Show what is known so far, and the numbers as soon as there are any."""
        self.show_checks(checks)
        self._show_numbers(known)

    def show_nothing(self) -> None:
        """Nothing is known of this choice."""
        self.show_checks(())
        self._show_doubts(())
        self._show_numbers(None)

    def show_checks(self, checks: Sequence[ReadyCheck]) -> None:
        while len(self.lines) < len(checks):
            self.lines.append(CheckLine())
            self.checks.addWidget(self.lines[-1])
        for line, check in zip(self.lines, checks, strict=False):
            line.show_check(check)
        for n, line in enumerate(self.lines):
            line.setVisible(n < len(checks))

    def _show_doubts(self, doubts: tuple[ReadyCheck, ...]) -> None:
        """What was accepted holds for these doubts alone."""
        if doubts != self._doubts:
            self._doubts = doubts
            self.accepts.setChecked(False)
        self.accepts.setVisible(bool(doubts))

    @property
    def doubt(self) -> ReadyCheck | None:
        """What keeps Start off until it is put right or accepted."""
        return self._doubts[0] if self._doubts and not self.accepts.isChecked() else None

    def _show_numbers(self, known: Readiness | None) -> None:
        lines = waiting_lines() if known is None else cost_lines(known)
        for line in lines:
            self.numbers.set(line.name, line.value, look=line.look)
        self.numbers.show_only([line.name for line in lines])
        self.assumed.setText("" if known is None else assumptions(known))
        self.assumed.setVisible(known is not None)

    def set_start(self, enabled: bool, reason: str, *, busy: bool = False) -> None:
        """Switch the button; `reason` stands below it and is read out with it."""
        self.start.setText(self.tr("Starting…") if busy else self.tr("Start fine-tune"))
        is_on = enabled and not busy
        if not is_on and self.start.hasFocus():
            self.setFocus()  # not to whatever comes next
        self.start.setEnabled(is_on)
        if is_on and self.hasFocus():
            self.start.setFocus()
        self.start.setAccessibleDescription(reason)
        self.reason.setText(reason)

    def show_failure(self, text: str) -> None:
        """Why the start did not work; empty hides it."""
        self.failure.setText(f"◆ {text}" if text else "")
        self.failure.setVisible(bool(text))
