"""One turn of a conversation: what was asked, or what a model answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.services.chat.conversation import ChatTurn
from tunedesk.ui.pages.compare.bubbles import PromptBubbles
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.answer_drag import AnswerGrip, DraggedAnswer
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.markdown_view import MarkdownView
from tunedesk.ui.widgets.proof import ProofButton
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import EnterEdit

_EDIT_PX = 96


class BranchStep(QWidget):
    """ "‹ 2 of 3 ›" between the ways a turn was put; hidden where there is one. `wanted(turn)`."""

    wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turns: Sequence[ChatTurn] = ()
        self._at = 0
        self.back = IconButton(theme, "left", self.tr("Version before"), lambda: self._step(-1))
        self.on = IconButton(theme, "right", self.tr("Next version"), lambda: self._step(1))
        self.words = PlainLabel("", "faint")
        self.setLayout(row(self.back, self.words, self.on, spacing=2))

    def show_among(self, turn: ChatTurn, turns: Sequence[ChatTurn]) -> None:
        """Where `turn` stands among the others at its place."""
        self._turns = turns
        self._at = [one.id for one in turns].index(turn.id)
        words = self.tr("{n} of {total}").format(n=self._at + 1, total=len(turns))
        self.words.setText(words)
        self.back.setEnabled(self._at > 0)
        self.on.setEnabled(self._at < len(turns) - 1)
        self.setVisible(len(turns) > 1)

    def _step(self, by: int) -> None:
        self.wanted.emit(self._turns[self._at + by])


class PromptTurn(QFrame):
    """What was asked. `opened(itself)` when it is to be put another way, `edited(turn, text)` when
    it was; `shown(turn)`."""

    edited = Signal(object, str)
    opened = Signal(object)
    shown = Signal(object)

    def __init__(self, turn: ChatTurn, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.turn = turn
        self._bubble = PromptBubbles()
        role = "user" if turn.role == "user" else "tool"
        text = turn.text if role == "user" else self.tr("Tool: {text}").format(text=turn.text)
        self._bubble.set_messages([{"role": "user", "content": text}])
        self.box = EnterEdit(self.tr("The prompt, put another way"))
        self.box.setFixedHeight(_EDIT_PX)
        self.box.entered.connect(self._finish)
        self.box.left.connect(self._leave)
        edit = self.tr("Put this prompt another way")
        self.edit = IconButton(theme, "edit", edit, self.begin_edit)
        self.ask = button(self.tr("Ask this instead"), self._finish, look="primary")
        self.leave = button(self.tr("Leave it"), self._leave)
        self.branch = BranchStep(theme)
        self.branch.wanted.connect(self.shown)
        below = row(None, self.branch, self.edit, self.leave, self.ask, spacing=6)
        self.setLayout(column(self._bubble, self.box, below, spacing=2))
        self.end_edit()

    def begin_edit(self) -> None:
        """Open the box."""
        self.box.setPlainText(self.turn.text)
        self._show_box(is_open=True)
        self.opened.emit(self)
        self.box.setFocus()
        self.box.selectAll()

    def end_edit(self) -> None:
        """Close it, nothing changed."""
        self._show_box(is_open=False)

    def _show_box(self, *, is_open: bool) -> None:
        opened: tuple[QWidget, ...] = (self.box, self.ask, self.leave)
        closed: tuple[QWidget, ...] = (self._bubble, self.edit)
        for part in (*opened, *closed):
            part.setVisible(is_open == (part in opened))

    def _finish(self) -> None:
        text = self.box.toPlainText().strip()
        if text:
            self.end_edit()
            self.edited.emit(self.turn, text)

    def _leave(self) -> None:
        self.end_edit()
        self.edit.setFocus()


class AnswerTurn(QFrame):
    """What a model answered, or why it did not. `again(turn)`, `shown(turn)`, `row_wanted(turn)`;
    `link_activated(target)` as `MarkdownView`."""

    again = Signal(object)
    shown = Signal(object)
    row_wanted = Signal(object)
    link_activated = Signal(str)

    def __init__(
        self,
        turn: ChatTurn,
        theme: Theme,
        dragged: Callable[[], DraggedAnswer | None],
        parent: QWidget | None = None,
    ) -> None:
        """`dragged` gives what is dragged by the grip."""
        super().__init__(parent)
        self.turn = turn
        self.answer = MarkdownView(theme, grows=True)
        self.answer.setAccessibleName(self.tr("Answer of {who}").format(who=turn.label))
        self.answer.link_activated.connect(self.link_activated)
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.figures = PlainLabel("", "faint", wrap=True)
        self.grip = AnswerGrip(theme, dragged)
        self.branch = BranchStep(theme)
        self.branch.wanted.connect(self.shown)
        again, row_wanted = self.again.emit, self.row_wanted.emit
        self.retry = IconButton(theme, "again", self.tr("Ask again"), lambda: again(self.turn))
        self.copy = IconButton(theme, "copy", self.tr("Copy the answer"), self._copy)
        to_data = self.tr("Make a row of the dataset of this answer")
        self.keep = IconButton(theme, "to_data", to_data, lambda: row_wanted(self.turn))
        self.proof = ProofButton(theme)
        parts = (self.branch, self.retry, self.copy, self.keep, self.proof, self.grip)
        below = row(*parts, None, spacing=4)
        self.setLayout(column(self.answer, self.problem, self.figures, below, spacing=2))

    def show_writing(self, text: str) -> None:
        """What came so far."""
        self.answer.set_text(text)
        self._show_parts(is_over=False)
        self.figures.setText(self.tr("{who} is writing…").format(who=self.turn.label))

    def show_turn(self, turn: ChatTurn, turns: Sequence[ChatTurn]) -> None:
        """The whole answer and what there is to say of it."""
        self.turn = turn
        self.answer.set_text(shown_text(turn))
        self.problem.setText(turn.problem)
        self.figures.setText(self._figures_of(turn))
        self.branch.show_among(turn, turns)
        self._show_parts(is_over=True)

    def _show_parts(self, *, is_over: bool) -> None:
        has_answer = self.turn.answer is not None
        self.answer.setVisible(has_answer or not is_over)
        self.problem.setVisible(is_over and bool(self.turn.problem))
        self.retry.setVisible(is_over)
        self.copy.setVisible(is_over and has_answer)
        self.keep.setVisible(is_over and has_answer)
        self.grip.setVisible(is_over and has_answer)
        self.proof.show_answer(self.turn.answer if is_over else None)
        if not is_over:
            self.branch.hide()

    def _figures_of(self, turn: ChatTurn) -> str:
        answer = turn.answer
        if answer is None:
            no_reason = self.tr("stopped before it began")
            return f"{turn.label} · " + (self.tr("no answer") if turn.problem else no_reason)
        seconds = answer.elapsed_ms / 1000
        parts = [turn.label]
        if not answer.is_complete:
            parts.append(self.tr("cut off before its end"))
        elif answer.finish_reason == "length":
            parts.append(self.tr("ended at the longest answer that is set"))
        if answer.completion_tokens is not None:
            parts.append(self.tr("{n} tokens").format(n=f"{answer.completion_tokens:,}"))
        parts.append(self.tr("{s} s").format(s=f"{seconds:.1f}"))
        return " · ".join(parts)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.turn.text)


def shown_text(turn: ChatTurn) -> str:
    """The answer as Markdown, with the tools it calls."""
    calls = turn.answer.tool_calls if turn.answer is not None else ()
    if not calls:
        return turn.text
    called = json.dumps([dict(call["function"]) for call in calls], indent=2, ensure_ascii=False)
    return f"{turn.text}\n\n```json\n{called}\n```".lstrip()
