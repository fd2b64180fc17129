"""One prompt, two answers, one vote: everything between Compare's header and the status bar."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from tunedesk.core.blind import Seat
from tunedesk.core.chat import longer_limit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.after_vote import answer_row
from tunedesk.services.compare.comparison import HeldOutPrompt, Reveal, Round
from tunedesk.services.compare.round import AT_LIMIT
from tunedesk.ui.pages.compare.pane import AnswerPane
from tunedesk.ui.pages.compare.pickers import Pair
from tunedesk.ui.pages.compare.prompt_box import PromptBox
from tunedesk.ui.pages.compare.reference import Reference
from tunedesk.ui.pages.compare.rounds import RoundDriver
from tunedesk.ui.pages.compare.vote_bar import Choice, VoteBar
from tunedesk.ui.pages.compare.vote_keys import VoteKeys
from tunedesk.ui.pages.compare.winner_editor import WinnerEditor
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.answer_drag import DraggedAnswer
from tunedesk.ui.widgets.layout import row, rule
from tunedesk.ui.widgets.links import LinkOpener
from tunedesk.ui.widgets.notice import Action, Notice

SEATS: tuple[Seat, Seat] = ("A", "B")


class Phase(Enum):
    """Where a round is."""

    IDLE = auto()
    WRITING = auto()
    OPEN = auto()
    OVER = auto()


class Judging(QWidget):
    """`judged(HeldOutPrompt)` once a vote is written down, `skipped` where both said the same;
    `next_wanted` to go on; `longer_wanted(tokens)` where an answer met the longest that is set:
    once the page has set it, `again` asks. `row_wanted(round id, text)`: the winner's answer, to be
    a row."""

    judged = Signal(object)
    longer_wanted = Signal(int)
    skipped = Signal(object)
    next_wanted = Signal()
    row_wanted = Signal(str, str)

    def __init__(self, rounds: RoundDriver, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rounds = rounds
        self._phase = Phase.IDLE
        self._asked: tuple[Pair, HeldOutPrompt] | None = None
        self.next_text = ""
        self.panes = {seat: AnswerPane(seat, theme) for seat in SEATS}
        self.votes = VoteBar()
        self.prompt_box = PromptBox()
        self.notice = Notice()
        self.reference = Reference()
        self.editor = WinnerEditor()
        self._revealed: Reveal | None = None
        self._is_changing = False
        self._said: tuple[list[str], str] = ([], "")
        self.ground = QFrame()
        self.ground.setProperty("look", "ground")
        self._arrange()
        self._connect()
        self._add_keys(VoteKeys(self))

    def _arrange(self) -> None:
        self.ground.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.ground.setAccessibleName(self.tr("Two answers to one prompt"))
        line = row(spacing=0)
        line.addWidget(self.panes["A"], 1)
        line.addWidget(rule(vertical=True))
        line.addWidget(self.panes["B"], 1)
        self.ground.setLayout(line)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.ground, 1)
        parts = (self.notice, self.reference, self.editor, self.votes, self.prompt_box)
        for part in parts:
            box.addWidget(part)

    def _connect(self) -> None:
        self.votes.voted.connect(self._vote)
        self.votes.next_wanted.connect(self._go_on)
        self.votes.stop_wanted.connect(self._rounds.stop)
        self.votes.reference_wanted.connect(self._toggle_reference)
        self.votes.left_note.connect(self.ground.setFocus)
        self.votes.edit_wanted.connect(self._edit_winner)
        self.editor.saved.connect(self._take_winner)
        self.editor.left.connect(self.ground.setFocus)
        self._rounds.written.connect(self._show_written)
        self._rounds.ended.connect(self._ended)
        self._rounds.failed.connect(self._failed)
        self._rounds.revealed.connect(self._reveal)
        self._rounds.named.connect(self._tell_naming)
        self._rounds.skipped.connect(self._skipped)

    def connect_links(self, opener: LinkOpener) -> None:
        for pane in self.panes.values():
            pane.answer.link_activated.connect(opener.offer)

    def _add_keys(self, keys: VoteKeys) -> None:
        code = Qt.Key
        keys.add(code.Key_Left, self.tr("A is better"), lambda: self._vote("A"))
        keys.add(code.Key_Down, self.tr("Tie"), lambda: self._vote("tie"))
        keys.add(code.Key_0, self.tr("Both bad"), lambda: self._vote("both_bad"))
        keys.add(code.Key_Right, self.tr("B is better"), self._right)
        keys.add((code.Key_Return, code.Key_Enter), self.tr("Next prompt"), self._go_on)
        for number in range(1, 10):
            words = self.tr("Reason {n}").format(n=number)
            keys.add(str(number), words, partial(self.votes.toggle_reason, number))
        keys.add("N", self.tr("Note"), self.votes.note.setFocus)
        keys.add("R", self.tr("Reference reply"), self._toggle_reference)
        keys.add("E", self.tr("Edit the winner into the dataset"), self._edit_winner)
        keys.add("U", self.tr("Change the vote"), self._change_vote)
        keys.add(code.Key_Escape, self.tr("Stop the answers"), self._rounds.stop)

    # --- what the page says ---

    def set_free(self, free: bool) -> None:
        """Free chat has a prompt box, the test set has references."""
        self.prompt_box.setVisible(free)
        self.votes.reference.setVisible(not free)

    def ask(self, pair: Pair, prompt: HeldOutPrompt, *, again: Round | None = None) -> None:
        """Begin a round; in place of `again`, if that is one."""
        self._show_asked(pair, prompt)
        self._rounds.start(pair, prompt, again=again)

    def ask_again(self, pair: Pair, made: Round, reference: str) -> None:
        """A round that was judged before, once more."""
        self._show_asked(pair, msgspec.structs.replace(made.prompt, reference=reference))
        self._rounds.start_round(made)

    def _show_asked(self, pair: Pair, prompt: HeldOutPrompt) -> None:
        self._asked = (pair, prompt)
        self._forget_vote()
        for pane in self.panes.values():
            pane.ask(prompt.messages)
        self.reference.set_text(prompt.reference)
        self.votes.fresh()
        self.notice.hide()
        self._set_phase(Phase.WRITING)
        self.ground.setFocus()

    def _forget_vote(self) -> None:
        self._revealed, self._is_changing = None, False
        self.editor.hide()
        self.votes.edit.setEnabled(False)

    def clear(self) -> None:
        """No round, and nothing left of the last one."""
        self._rounds.leave()
        self._asked = None
        self._forget_vote()
        for pane in self.panes.values():
            pane.ask([])
            pane.set_figures("")
        self.reference.hide()
        self.notice.hide()
        self._set_phase(Phase.IDLE)

    def finish(self, text: str, next_text: str) -> None:
        """Nothing is left to judge."""
        self.clear()
        self._set_phase(Phase.OVER)
        self.votes.show_outcome(text, next_text)

    def tell_error(self, error: TunedeskError, again: Callable[[], object] | None) -> None:
        actions = [(self.tr("Try again"), again)] if again is not None else []
        self.notice.tell(_words(error), *actions, kind="error")

    # --- a round ---

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self.votes.show_stop(phase is Phase.WRITING)
        self.votes.set_reasons_enabled(phase in (Phase.WRITING, Phase.OPEN))
        self.prompt_box.set_may_ask(phase is not Phase.WRITING)
        made = self._rounds.round
        if phase is Phase.OPEN and made is not None:
            self.votes.open(identical=made.identical)
        elif phase is not Phase.OVER:
            self.votes.lock()

    def _show_written(self) -> None:
        for seat, pane in self.panes.items():
            pane.set_answer(self._rounds.text(seat))

    def _ended(self) -> None:
        made = self._rounds.round
        if made is None:
            return
        if made.problem is not None:
            self._cut_off(made.problem)
            return
        if made.identical and made.is_of_row:
            self._rounds.skip()
            return
        if made.identical:
            self.notice.tell(self.tr("The two answers are the same, word for word."))
        self._set_phase(Phase.OPEN)

    def _skipped(self) -> None:
        """Nobody has to judge two answers that are one."""
        self._set_phase(Phase.OVER)
        words = self.tr("Both gave the same answer, word for word. It is counted and skipped.")
        self.notice.tell(words, kind="info")
        self.votes.show_outcome(self.tr("No vote is needed."), self.next_text)
        if self._asked is not None:
            self.skipped.emit(self._asked[1])

    def _cut_off(self, problem: TunedeskError) -> None:
        """An answer has no end: it stays to be read, and cannot be judged (fault N3)."""
        self._mark_cut_off()
        made = self._rounds.round
        ways: list[Action] = [(self.tr("Show what went wrong"), self._rounds.give_up)]
        if problem.code != AT_LIMIT:
            ways.insert(0, (self.tr("Ask again"), self.again))
        else:
            longer = longer_limit(made.limit_tokens) if made is not None else None
            ways = [self._longer_way(longer)] if longer is not None else []
        self.notice.tell(f"{problem.title} {problem.what}", *ways)
        self._no_vote()

    def _longer_way(self, n_tokens: int) -> Action:
        words = self.tr("Ask again with up to {n} tokens").format(n=f"{n_tokens:,}")
        return words, lambda: self.longer_wanted.emit(n_tokens)

    def _mark_cut_off(self) -> None:
        made = self._rounds.round
        for seat, pane in self.panes.items():
            if made is not None and made.is_cut_off(seat):
                limit = made.limit_tokens if made.met_limit(seat) else None
                pane.mark_cut_off(is_silent=made.is_silent(seat), limit_tokens=limit)

    def _failed(self, error: TunedeskError) -> None:
        made = self._rounds.round
        if made is not None and made.votable:  # the vote could not be written down
            self._set_phase(Phase.OPEN)
            self.tell_error(error, None)
            return
        self.tell_error(error, self.again)
        self._no_vote()

    def _no_vote(self) -> None:
        self._set_phase(Phase.OVER)
        self.votes.show_outcome(self.tr("No vote in this round."), self.next_text)

    def again(self) -> None:
        """The same prompt once more, in place of a round that cannot be judged."""
        if self._asked is not None:
            self.ask(*self._asked, again=self._rounds.round)

    def _vote(self, choice: Choice) -> None:
        if self._phase is Phase.OPEN and self.votes.can_vote(choice):
            self.votes.lock()
            self._said = self.votes.reasons, self.votes.note.text().strip()
            give = self._rounds.change_vote if self._is_changing else self._rounds.vote
            give(choice, *self._said)

    def _right(self) -> None:
        if self.votes.can_go_on:
            self._go_on()
        else:
            self._vote("B")

    def _go_on(self) -> None:
        if self.votes.can_go_on:
            self.next_wanted.emit()

    def _reveal(self, reveal: Reveal) -> None:
        made = self._rounds.round
        given_up = made is not None and made.problem is not None
        self._hide_notice()
        self._set_phase(Phase.OVER)
        for seat, pane in self.panes.items():
            who = reveal.contenders[seat]
            pane.reveal(who, reveal.answers.get(seat), chosen=who == reveal.winner)
        self._mark_cut_off()
        if given_up:
            self._tell_problems(reveal)
            self._no_vote()
            return
        self._revealed = reveal
        self._offer_answers(reveal)
        self.votes.edit.setEnabled(reveal.winner is not None)
        self.votes.show_outcome(self._outcome(reveal), self.next_text)
        self._rounds.look_for_names(reveal)
        if self._asked is not None and not self._is_changing:
            self.judged.emit(self._asked[1])
        self._is_changing = False

    def _offer_answers(self, reveal: Reveal) -> None:
        """To be dragged onto a dataset; the winner's row is linked to its vote."""
        made = self._rounds.round
        if made is None:
            return
        for seat, answer in reveal.answers.items():
            row = answer_row(made.prompt.messages, answer.text).decode()
            is_winner = reveal.contenders[seat] == reveal.winner
            won = {"round_id": made.id, "text": answer.text} if is_winner else {}
            self.panes[seat].offer(DraggedAnswer(row=row, **won))

    def _tell_naming(self, found: dict[Seat, str]) -> None:
        """An answer that says who gave it was not blind; Results can leave such votes out."""
        if self._phase is Phase.OVER and not self._is_changing:
            told = " · ".join(f"{seat}: “{words}”" for seat, words in found.items())
            words = self.tr("An answer names its maker, so this vote was not quite blind. {where}")
            self.notice.tell(words.format(where=told), kind="warning")

    def _change_vote(self) -> None:
        """The last vote may be another one now, with a mark: the names are known."""
        if self._phase is Phase.OVER and self._revealed is not None and self.editor.isHidden():
            self._is_changing = True
            self._set_phase(Phase.OPEN)
            self.votes.choose(*self._said)
            words = self.tr(
                "Choose again. The names are known now, so the change is marked, and the blind "
                "vote stays stored beside it."
            )
            self.notice.tell(words, (self.tr("Leave the vote"), self._leave_change))

    def _hide_notice(self) -> None:
        """A button in it that was pressed gives the keyboard back, so that the keys go on."""
        focused = QApplication.focusWidget()
        if focused is not None and self.notice.isAncestorOf(focused):
            self.ground.setFocus()
        self.notice.hide()

    def _leave_change(self) -> None:
        if self._is_changing and self._revealed is not None:
            self._is_changing = False
            self._hide_notice()
            self._set_phase(Phase.OVER)
            self.votes.show_outcome(self._outcome(self._revealed), self.next_text)

    def _edit_winner(self) -> None:
        reveal = self._revealed
        is_over = self._phase is Phase.OVER and reveal is not None
        if not is_over or reveal is None or reveal.winner is None or self.editor.isVisible():
            return
        seats = (seat for seat, who in reveal.contenders.items() if who == reveal.winner)
        self.reference.hide()
        self.editor.open(reveal.answers[next(seats)].text)

    def _take_winner(self, text: str) -> None:
        self.ground.setFocus()
        made = self._rounds.round
        if made is not None:
            self.row_wanted.emit(made.id, text)

    def _tell_problems(self, reveal: Reveal) -> None:
        problems = sorted(reveal.problems.items())
        if not problems:
            return
        told = " ".join(f"{seat}: {_words(problem)}" for seat, problem in problems)
        self.notice.tell(told, (self.tr("Ask again"), self.again), kind="error")

    def _outcome(self, reveal: Reveal) -> str:
        if reveal.winner is None:
            return self.tr("No winner in this round.")
        return self.tr("You chose {model}.").format(model=reveal.winner.label)

    def _toggle_reference(self) -> None:
        if self._asked is not None and self._asked[1].reference:
            self.reference.setVisible(self.reference.isHidden())


def _words(error: TunedeskError) -> str:
    return f"{error.title} {error.what} {error.next_step}"
