"""One vote opened: the prompt, both answers whole, and what proves who gave them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLayout, QWidget

from tunedesk.services.compare.after_vote import VoteView
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.compare.results_types import VoteRow
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.compare.bubbles import PromptBubbles
from tunedesk.ui.pages.results.groups_card import reason_word
from tunedesk.ui.pages.results.votes_model import changed_word, winner_word
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.markdown_view import MarkdownView
from tunedesk.ui.widgets.proof import ProofLines
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel


class VoteDialog(ToolDialog):
    """`row_wanted(prompt digest)`: its row is to be seen in Data."""

    row_wanted = Signal(str)

    def __init__(
        self, vote: VoteRow, view: VoteView, theme: Theme, memory: Memory, parent: QWidget
    ) -> None:
        super().__init__(parent, parent.tr("One vote"), "vote", memory, QSize(960, 620))
        self.finished.connect(self.deleteLater)
        self._theme = theme
        self.answers: list[MarkdownView] = []
        self.proofs: list[ProofLines] = []
        asked = PromptBubbles()
        asked.set_messages(view.round.messages)
        pair = sorted((view.round.first, view.round.second), key=lambda who: who.kind != "base")
        sides = row(*(self._side(view, who) for who in pair), spacing=16)
        self.said = PlainLabel(self._words(vote), "second", wrap=True)
        show = button(self.tr("Show the row in Data"), self._show_row)
        show.setVisible(bool(vote.prompt_digest))
        self._digest = vote.prompt_digest or ""
        close = default(button(self.tr("Close"), self.accept))
        self.arrange(asked, sides, self.said, buttons=[show, None, close])

    def _side(self, view: VoteView, who: Contender) -> QLayout:
        is_base = who.kind == "base"
        chip = PlainLabel(self.tr("base") if is_base else self.tr("tuned"))
        chip.set_look("chip-base" if is_base else "chip-tuned")
        seat = PlainLabel(view.round.seat_of(who), "seat")
        answer, given = MarkdownView(self._theme), view.answer_of(who)
        answer.setAccessibleName(self.tr("Answer of {who}").format(who=who.label))
        answer.set_text(given.text)
        proof = ProofLines(given)
        self.answers.append(answer)
        self.proofs.append(proof)
        label = ElidedLabel(who.label, "second")
        head = row(seat, chip, label)
        head.setStretchFactor(label, 1)
        side = column(head, answer, proof, spacing=10)
        side.setStretchFactor(answer, 1)
        return side

    def _words(self, vote: VoteRow) -> str:
        reasons = ", ".join(reason_word(reason) for reason in vote.reasons)
        parts = [self.tr("Blind vote: {winner}").format(winner=winner_word(vote.winner))]
        again = self.tr("shown again") if vote.is_repeat else ""
        return " · ".join(
            one for one in (*parts, reasons, vote.note, again, changed_word(vote)) if one
        )

    def _show_row(self) -> None:
        self.accept()
        self.row_wanted.emit(self._digest)
