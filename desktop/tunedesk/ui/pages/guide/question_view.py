"""Should I fine-tune at all? Six questions, and what their answers recommend."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.core.guide.questions import decide
from tunedesk.services.guide.guide import answered
from tunedesk.ui.pages.guide.question_words import (
    action_words,
    outcome_words,
    questions,
    reason_words,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.side_by_side import SideBySide
from tunedesk.ui.widgets.text import PlainLabel

_NARROW_PX = 700


class QuestionView(QWidget):
    """`answers_changed(answers)` after each choice; `deed_wanted(deed)` for the next step.

    The recommendation follows each answer at once, as soon as all six are there.
    """

    answers_changed = Signal(object)
    deed_wanted = Signal(str)

    def __init__(self, theme: Theme, answers: dict[str, str], n_rows: int) -> None:
        super().__init__()
        self.boxes: dict[str, ChoiceBox] = {}
        self._ask = Card(self.tr("Six questions"))
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._ask.body.addLayout(self._grid)
        self.result = Card()
        self._lines = column(spacing=8)
        self.result.body.addLayout(self._lines)
        self.result.body.addStretch()
        for asked in questions(n_rows):
            self._add(theme, asked.key, asked.words, asked.options, answers.get(asked.key, ""))
        parts = SideBySide(self._ask, self.result, (50, 50), _NARROW_PX)
        self.setLayout(column(parts, None, spacing=0))
        self._show()

    def _add(
        self, theme: Theme, key: str, words: str, options: dict[str, str], chosen: str
    ) -> None:
        box = self.boxes[key] = ChoiceBox(theme, words)
        box.addItem(self.tr("Please choose"), "")
        for value, shown in options.items():
            box.addItem(shown, value)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.currentIndexChanged.connect(lambda _n: self._changed())
        line = self._grid.rowCount()
        self._grid.addWidget(PlainLabel(words, "strong", wrap=True), line, 0)
        self._grid.addWidget(box, line + 1, 0)
        self._grid.setRowMinimumHeight(line + 2, 4)

    @property
    def answers(self) -> dict[str, str]:
        chosen = {key: str(box.currentData()) for key, box in self.boxes.items()}
        return {key: value for key, value in chosen.items() if value}

    def _changed(self) -> None:
        self._show()
        self.answers_changed.emit(self.answers)

    def _show(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        known = answered(self.answers)
        if known is None:
            left = len(self.boxes) - len(self.answers)
            words = self.tr("Questions left: {n}. The recommendation and its reasons appear here.")
            self._say(words.format(n=left), "second")
            return
        decision = decide(known)
        self._say(outcome_words(decision.outcome), "title")
        for reason in decision.reasons:
            sign = "+" if reason.is_for else "−"
            self._say(f"{sign} {reason_words(reason)}", "body")
        deed = decision.action
        done = QWidget()
        done.setLayout(
            row(
                button(action_words(deed), lambda: self.deed_wanted.emit(deed), look="primary"),
                None,
                margins=(0, 6, 0, 0),
            )
        )
        self._lines.addWidget(done)

    def _say(self, words: str, look: str) -> None:
        self._lines.addWidget(PlainLabel(words, look, wrap=True))
