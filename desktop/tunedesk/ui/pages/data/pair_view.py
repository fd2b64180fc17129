"""A preference row: the shared prompt, and two answers side by side."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from tunedesk.core.pair_rows import ANSWERS, Answer, PairAnswer, PairRow
from tunedesk.core.text_diff import Range, differences
from tunedesk.ui.pages.data.conversation import Conversation
from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.pages.data.text_marks import Mark, TextMarks
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button_with_key
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import counted

_SIDE_BY_SIDE_FROM_PX = 420
_MOST_COMPARED_CHARS = 20_000


class PairView(QWidget):
    """`prompt_edited(messages, what)`, `answer_edited(which, text)`, `swapped()`."""

    prompt_edited = Signal(object, str)
    answer_edited = Signal(str, str)
    swapped = Signal()
    fix_asked = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prompt = Conversation(theme, wants_reply=False)
        self.prompt.edited.connect(self.prompt_edited)
        self.prompt.fix_asked.connect(self.fix_asked)
        self.answers: dict[Answer, AnswerCard] = {
            which: AnswerCard(theme, which) for which in ANSWERS
        }
        self.swap = button_with_key(self.tr("Swap"), "S", self.swapped.emit)
        self.swap.setAccessibleName(self.tr("Swap the answers"))
        set_tip(self.swap, self.tr("Swap the answers (S)"))
        self.diff = button_with_key(self.tr("Show difference"), "D", self._show_difference)
        self.diff.setCheckable(True)
        set_tip(self.diff, self.tr("Show what the answers do not share (D)"))
        self.source = PlainLabel("", "chip")
        self.source.setWordWrap(True)
        self.source.hide()
        self.foot = PlainLabel(
            self.tr("Both answers can be edited. What was voted on stays in Results as it was."),
            "second",
            wrap=True,
        )
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange()

    def _arrange(self) -> None:
        shared = Card()
        shared.body.setContentsMargins(0, 0, 0, 0)
        shared.body.addWidget(self.prompt)
        self._sides.setSpacing(12)
        for which, card in self.answers.items():
            self._sides.addWidget(card, 1)
            card.text.committed.connect(
                lambda text, which=which: self.answer_edited.emit(which, text)
            )
            card.text.edit.textChanged.connect(self._show_difference)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 6)
        box.setSpacing(12)
        box.addLayout(row(self.source, None, self.swap, self.diff))
        box.addWidget(shared)
        box.addLayout(self._sides)
        box.addWidget(self.foot)

    def show_pair(self, pair: PairRow) -> None:
        """Show a row; the switch of the difference stays as it is."""
        self.prompt.show_messages(pair.prompt)
        for which, answer in zip(ANSWERS, (pair.preferred, pair.other), strict=True):
            self.answers[which].show_answer(answer)
        self._show_difference()

    def show_source(self, words: str) -> None:
        """Where the pair came from, "" where that is not known."""
        self.source.setText(words)
        self.source.setVisible(bool(words))

    def begin_row(self) -> None:
        self.prompt.begin_row()
        for card in self.answers.values():
            card.text.edit.begin()

    def commit(self) -> None:
        """Write down what is still being typed."""
        self.prompt.commit()
        for card in self.answers.values():
            card.text.edit.commit()

    def show_tokens(self, prompt: list[int], answers: tuple[int, int]) -> None:
        """Tokens of each message of the prompt, and of both answers."""
        self.prompt.show_tokens(prompt)
        for card, n_tokens in zip(self.answers.values(), answers, strict=True):
            card.show_tokens(n_tokens)

    def focus_path(self, steps: list[Any]) -> None:
        """Put the focus on what a path of the row names."""
        if steps[:2] == ["input", "messages"] and len(steps) > 2:
            self.prompt.focus_message(steps[2], steps[3:])
        else:
            which: Answer = ANSWERS[steps[:1] == [ANSWERS[1]]]
            self.answers[which].text.edit.setFocus()

    def _show_difference(self) -> None:
        one, other = (card.text.edit.toPlainText() for card in self.answers.values())
        left: list[Range] = []
        right: list[Range] = []
        if self.diff.isChecked() and max(len(one), len(other)) <= _MOST_COMPARED_CHARS:
            left, right = differences(one, other)
        preferred, rejected = self.answers.values()
        preferred.marks.show_marks([Mark(a, b, "added") for a, b in left], one)
        rejected.marks.show_marks([Mark(a, b, "removed") for a, b in right], other)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= _SIDE_BY_SIDE_FROM_PX
        direction = QBoxLayout.Direction
        self._sides.setDirection(direction.LeftToRight if wide else direction.TopToBottom)


class AnswerCard(Card):
    """One answer with its side, its tokens and a box that grows."""

    def __init__(self, theme: Theme, which: Answer) -> None:
        super().__init__()
        is_preferred = which == "preferred_output"
        words = self.tr("✓ preferred") if is_preferred else self.tr("not preferred")
        self.tokens = PlainLabel("", "second")
        name = self.tr("Preferred answer") if is_preferred else self.tr("Answer not preferred")
        self.text = LongText(theme, name, least_px=120)
        self.marks = TextMarks(self.text.edit.document(), theme)
        self.note = PlainLabel(
            self.tr("Not one plain text; edit this answer as JSON."), "second", wrap=True
        )
        self.body.setContentsMargins(12, 12, 12, 12)
        chip = PlainLabel(words, "chip-ok" if is_preferred else "chip")
        self.body.addLayout(row(chip, None, self.tokens))
        self.body.addWidget(self.text)
        self.body.addWidget(self.note)
        self.body.addStretch()

    def show_answer(self, answer: PairAnswer) -> None:
        is_plain = bool(answer.path) or not answer.text
        self.text.show_text(answer.text, editable=is_plain)
        self.note.setVisible(not is_plain)

    def show_tokens(self, n_tokens: int | None) -> None:
        one, many = self.tr("1 token"), self.tr("{n} tokens")
        words = counted(n_tokens, one, many) if n_tokens is not None else ""
        self.tokens.setText(words)
