"""One of the two panes: who sits here (after the vote), the prompt, the answer, its figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.core.chat import Answer
from tunedesk.services.compare.comparison import Contender
from tunedesk.ui.pages.compare.bubbles import PromptBubbles
from tunedesk.ui.pages.compare.prompts import Messages
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.answer_drag import AnswerGrip, DraggedAnswer
from tunedesk.ui.widgets.layout import row, rule
from tunedesk.ui.widgets.markdown_view import MarkdownView
from tunedesk.ui.widgets.proof import ProofButton
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.words import counted


class AnswerPane(QFrame):
    """Seat "A" or "B". Before the vote both panes are alike but for the letter (fault U7)."""

    def __init__(self, seat: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._seat = seat
        self._letter = PlainLabel(seat, "seat")
        self._who = ElidedLabel("", "second")
        self._identity = PlainLabel("", "chip")
        self._chosen = PlainLabel(self.tr("your choice"), "second")
        self._dragged: DraggedAnswer | None = None
        self.grip = AnswerGrip(theme, lambda: self._dragged)
        self.proof = ProofButton(theme)
        self.answer = MarkdownView(theme)
        self.answer.setAccessibleName(self.tr("Answer {seat}").format(seat=seat))
        self._bubbles = PromptBubbles()
        self._figures = PlainLabel("", "faint", wrap=True)
        self.answer.set_header(self._bubbles)
        self.answer.set_footer(self._figures)
        self._arrange()
        self.hide_identity()

    def _arrange(self) -> None:
        head = QFrame()
        head.setFixedHeight(42)
        line = row(margins=(18, 0, 18, 0), spacing=9)
        for chip in (self._letter, self._identity):
            line.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._who, 1)
        line.addWidget(self._chosen)
        line.addWidget(self.proof)
        line.addWidget(self.grip)
        head.setLayout(line)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(head)
        box.addWidget(rule())
        box.addWidget(self.answer, 1)

    def ask(self, messages: Messages) -> None:
        """Begin a round: the prompt stands, the answer is still to come."""
        self._bubbles.set_messages(messages)
        self.answer.clear()
        self.hide_identity()
        self.set_figures(self.tr("waiting for both models"))

    def hide_identity(self) -> None:
        self._identity.hide()
        self._chosen.hide()
        self.grip.hide()
        self.proof.show_answer(None)
        self._identity.setText("")
        self._identity.set_look("chip")
        self._who.setText(self.tr("Hidden until you vote"))

    def set_answer(self, text: str) -> None:
        self.answer.set_text(text)
        if text:
            self.set_figures(self.tr("length, time and speed appear after the vote"))

    def set_figures(self, text: str) -> None:
        if text != self._figures.text():
            self._figures.setText(text)
            self.answer.refresh()

    def mark_cut_off(self, *, is_silent: bool, limit_tokens: int | None) -> None:
        """It has no end; `is_silent`: and no beginning; `limit_tokens`: the longest answer that was
        set, if it was cut there."""
        words = self.tr("This answer was cut off before its end.")
        if is_silent:
            words = self.tr("No answer came.")
        elif limit_tokens is not None:
            at_limit = self.tr("This answer was cut at the longest that is set, {n} tokens.")
            words = at_limit.format(n=f"{limit_tokens:,}")
        self.set_figures(words)

    def reveal(self, who: Contender, answer: Answer | None, *, chosen: bool) -> None:
        """Say who answered, and how long it took."""
        is_base = who.kind == "base"
        self._identity.set_look("chip-base" if is_base else "chip-tuned")
        kept = self.tr("frozen") if who.is_frozen else self.tr("tuned")
        self._identity.setText(self.tr("base") if is_base else kept)
        self._identity.show()
        self._who.setText(who.label)
        self._chosen.setVisible(chosen)
        self.proof.show_answer(answer)
        self.set_figures(self._figures_of(answer) if answer is not None else "")

    def offer(self, answer: DraggedAnswer) -> None:
        """It can be dragged onto a dataset now that everybody knows whose it is."""
        self._dragged = answer
        self.grip.show()

    def _figures_of(self, answer: Answer) -> str:
        seconds = answer.elapsed_ms / 1000
        parts = [self.tr("a refusal")] if answer.is_refusal else []
        if answer.completion_tokens is not None:
            n = answer.completion_tokens
            parts.append(counted(n, self.tr("1 token"), self.tr("{n} tokens")))
        if answer.finish_reason == "length":
            parts.append(self.tr("ended at the longest answer that is set"))
        parts.append(self.tr("{s} s").format(s=f"{seconds:.1f}"))
        if answer.completion_tokens and seconds > 0:
            speed = answer.completion_tokens / seconds
            parts.append(
                counted(round(speed), self.tr("1 token a second"), self.tr("{n} tokens a second"))
            )
        return " · ".join(parts)
