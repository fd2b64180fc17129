"""Compare: held-out prompts one after another, or free chat, judged blind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from tunedesk.core.blind import Seat
from tunedesk.core.errors import TunedeskError
from tunedesk.services.comparison import Comparison, Contender, Reveal
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.compare.pane import AnswerPane
from tunedesk.ui.pages.compare.pickers import Pair, PairPicker, WantedPair
from tunedesk.ui.pages.compare.prompt_box import PromptBox
from tunedesk.ui.pages.compare.prompts import Prompt, TestSet
from tunedesk.ui.pages.compare.reference import Reference
from tunedesk.ui.pages.compare.rounds import RoundDriver
from tunedesk.ui.pages.compare.vote_bar import Choice, VoteBar
from tunedesk.ui.pages.compare.vote_keys import VoteKeys
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.empty_state import EmptyState
from tunedesk.ui.widgets.layout import row, rule
from tunedesk.ui.widgets.links import LinkOpener
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import PlainLabel

ROOM_FOR_BAR_PX = 900
SEATS: tuple[Seat, Seat] = ("A", "B")


class Phase(Enum):
    """Where a round is."""

    IDLE = auto()
    WRITING = auto()
    OPEN = auto()
    VOTED = auto()
    STUCK = auto()


class ComparePage(Page):
    """`voted` after each vote that was written down, for whoever shows a count."""

    voted = Signal()

    def __init__(
        self,
        *,
        comparison: Comparison,
        session: Callable[[], DatasetSession | None],
        operations: Operations,
        ask: Ask,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent=parent)
        self.title_label.setText(self.tr("Compare"))
        self.setAccessibleName(self.tr("Compare"))
        self._comparison = comparison
        self._session = session
        self._operations = operations
        self._phase = Phase.IDLE
        self._free = False
        self._test_set = TestSet(None)
        self._walked: tuple[DatasetSession | None, Pair] | None = None
        self._voted_digests: set[str] = set()
        self._prompt: Prompt | None = None
        self._rounds = RoundDriver(comparison, operations, self)
        self.picker = PairPicker()
        self.panes = {seat: AnswerPane(seat, theme) for seat in SEATS}
        self.votes = VoteBar()
        self.prompt_box = PromptBox()
        self.notice = Notice()
        self.reference = Reference()
        self._build_header()
        self._build_body()
        self._connect(LinkOpener(ask, operations, self))
        self._add_keys(VoteKeys(self))

    # --- building ---

    def _build_header(self) -> None:
        blind = PlainLabel(self.tr("Blind"), "chip-accent")
        self.progress_text = PlainLabel("", "second")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(40)
        self.progress.setMaximumWidth(150)
        self.progress.setAccessibleName(self.tr("Progress through the test set"))
        self.mode = button("", self._switch_mode)
        self.header.addWidget(self.picker, 0)
        self.header.addWidget(blind)
        self.header.addStretch()
        self.header.addWidget(self.progress_text)
        self.header.addWidget(self.progress, 1)
        self.header.addWidget(self.mode)

    def _build_body(self) -> None:
        self._panes_row = QFrame()
        self._panes_row.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._panes_row.setAccessibleName(self.tr("Two answers to one prompt"))
        line = row(spacing=0)
        line.addWidget(self.panes["A"], 1)
        line.addWidget(rule(vertical=True))
        line.addWidget(self.panes["B"], 1)
        self._panes_row.setLayout(line)
        work = QWidget()
        box = QVBoxLayout(work)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._panes_row, 1)
        for part in (self.notice, self.reference, self.votes, self.prompt_box):
            box.addWidget(part)
        self.empty = EmptyState(
            self.tr("Nothing to compare yet"),
            self.tr("Compare puts a tuned model against its base. Train one first."),
            self.tr("New fine-tune"),
            lambda: self.navigate.emit("new_fine_tune", None),
        )
        self._body = QStackedWidget()
        self._body.addWidget(work)
        self._body.addWidget(self.empty)
        self.outer.addWidget(self._body, 1)

    def _connect(self, opener: LinkOpener) -> None:
        for pane in self.panes.values():
            pane.answer.link_activated.connect(opener.offer)
        self.picker.changed.connect(self._pair_changed)
        self.prompt_box.asked.connect(self._ask)
        self.votes.voted.connect(self._vote)
        self.votes.next_wanted.connect(self._next)
        self.votes.stop_wanted.connect(self._rounds.stop)
        self.votes.reference_wanted.connect(self._toggle_reference)
        self.votes.left_note.connect(self._panes_row.setFocus)
        self._rounds.written.connect(self._show_written)
        self._rounds.ended.connect(self._round_ended)
        self._rounds.failed.connect(self._round_failed)
        self._rounds.revealed.connect(self._reveal)

    def _add_keys(self, keys: VoteKeys) -> None:
        keys.add(Qt.Key.Key_Left, lambda: self._vote("A"))
        keys.add(Qt.Key.Key_Down, lambda: self._vote("tie"))
        keys.add(Qt.Key.Key_0, lambda: self._vote("both_bad"))
        keys.add(Qt.Key.Key_Right, self._right)
        for enter in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            keys.add(enter, self._next)
        for number in range(1, 6):
            keys.add(Qt.Key(Qt.Key.Key_0 + number), lambda n=number: self.votes.toggle_reason(n))
        keys.add(Qt.Key.Key_N, self.votes.note.setFocus)
        keys.add(Qt.Key.Key_R, self._toggle_reference)
        keys.add(Qt.Key.Key_Escape, self._rounds.stop)

    # --- entering ---

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None, or the pair of Contenders to select."""
        wanted = _pair_of(payload)
        self._operations.run(
            self._comparison.contenders(),
            owner=self,
            done=lambda found: self._contenders_known(found, wanted),
            failed=self._no_contenders,
        )

    def first_focus(self) -> QWidget | None:
        return self.prompt_box.text if self._free else self._panes_row

    def _contenders_known(self, found: Sequence[Contender], wanted: WantedPair) -> None:
        self.notice.hide()
        self.picker.set_contenders(found, wanted)
        has_tuned = any(one.kind != "base" for one in found)
        self._body.setCurrentIndex(0 if has_tuned else 1)
        for part in (self.picker, self.progress_text, self.progress, self.mode):
            part.setEnabled(has_tuned)
        if has_tuned:
            self._begin_walk()

    def _no_contenders(self, error: TunedeskError) -> None:
        self._body.setCurrentIndex(0)
        self._tell_error(error, self.on_enter)

    def _pair_changed(self) -> None:
        if self.picker.pair is None:
            self._rounds.leave()
            self._set_phase(Phase.IDLE)
            self.notice.tell(self.tr("Choose two different models."))
            return
        self.notice.hide()
        self._begin_walk()

    def _begin_walk(self) -> None:
        """Start the test set for this pair and dataset, or go on where it stands."""
        pair = self.picker.pair
        if pair is None or self._walked == (self._session(), pair):
            self._show_mode()
            return
        self._walked = (self._session(), pair)
        self._rounds.leave()
        self._test_set = TestSet(self._session())
        self._free = len(self._test_set) == 0
        self._show_mode()
        self._clear()
        self._operations.run(
            self._comparison.voted_prompts(*pair),
            owner=self,
            done=self._voted_known,
            failed=self._no_contenders,
        )

    def _voted_known(self, digests: Sequence[str]) -> None:
        self._voted_digests = set(digests)
        self._test_set.seek(self._voted_digests)
        self._show_mode()
        if not self._free:
            self._ask_current()

    # --- test set and free chat ---

    def _switch_mode(self) -> None:
        self._free = not self._free
        self._rounds.leave()
        self.reference.hide()
        self._clear()
        self._show_mode()
        if self._free:
            self.prompt_box.text.setFocus()
        else:
            self._panes_row.setFocus()
            self._ask_current()

    def _show_mode(self) -> None:
        total = len(self._test_set)
        self.mode.setText(self.tr("Test set") if self._free else self.tr("Free chat"))
        self.mode.setAccessibleName(self.mode.text())
        self.mode.setVisible(total > 0)
        self.prompt_box.setVisible(self._free)
        for part in (self.progress_text, self.votes.reference):
            part.setVisible(not self._free)
        self._show_bar()
        position = min(self._test_set.index + 1, total)
        self.progress_text.setText(
            self.tr("Test set {n} of {total}").format(n=f"{position:,}", total=f"{total:,}")
        )
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(min(self._test_set.index, total))

    def _show_bar(self) -> None:
        """The bar says nothing the words beside it do not: it goes where there is no room."""
        self.progress.setVisible(not self._free and self.width() >= ROOM_FOR_BAR_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_bar()

    def _ask_current(self) -> None:
        prompt = self._test_set.current
        if prompt is not None:
            self._ask(prompt)
            return
        self._clear()
        self._phase = Phase.VOTED
        self.votes.show_outcome(
            self.tr("Every prompt of the test set is judged."), self.tr("See the results")
        )

    def _clear(self) -> None:
        for pane in self.panes.values():
            pane.ask([])
            pane.set_figures("")
        self.notice.hide()
        self._set_phase(Phase.IDLE)

    def _ask(self, prompt: Prompt) -> None:
        pair = self.picker.pair
        if pair is None:
            return
        self._prompt = prompt
        for pane in self.panes.values():
            pane.ask(prompt.messages)
        self.reference.set_text(prompt.reference)
        self.votes.fresh()
        self.notice.hide()
        self._set_phase(Phase.WRITING)
        self._rounds.start(pair, prompt)

    def _again(self) -> None:
        if self._prompt is not None:
            self._ask(self._prompt)

    def _next(self) -> None:
        if not self.votes.can_go_on:
            return
        if self._free:
            self.prompt_box.text.setFocus()
        elif self._test_set.at_end:
            self.navigate.emit("results", None)
        else:
            self._test_set.advance(self._voted_digests)
            self._show_mode()
            self.reference.hide()
            self._panes_row.setFocus()
            self._ask_current()

    # --- a round ---

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self.votes.stop.setVisible(phase is Phase.WRITING)
        self.votes.set_reasons_enabled(phase in (Phase.WRITING, Phase.OPEN))
        self.prompt_box.set_may_ask(phase is not Phase.WRITING)
        if phase is Phase.OPEN:
            self.votes.open(identical=self._identical())
        elif phase in (Phase.IDLE, Phase.WRITING):
            self.votes.lock()

    def _identical(self) -> bool:
        return self._rounds.text("A").strip() == self._rounds.text("B").strip()

    def _show_written(self) -> None:
        for seat, pane in self.panes.items():
            pane.set_answer(self._rounds.text(seat))

    def _round_ended(self) -> None:
        made = self._rounds.round
        if made is None or not made.votable:
            self._stuck()
            return
        if self._identical():
            self.notice.tell(self.tr("The two answers are the same, word for word."))
        self._set_phase(Phase.OPEN)

    def _stuck(self) -> None:
        """An answer has no end: it stays to be read, and cannot be judged."""
        self._set_phase(Phase.STUCK)
        self.notice.tell(
            self.tr("An answer was cut off before its end, so this round cannot be voted on."),
            self.tr("Ask again"),
            self._again,
        )
        self._offer_next(self.tr("No vote in this round."))

    def _round_failed(self, error: TunedeskError) -> None:
        made = self._rounds.round
        if made is not None and made.finished and made.votable:
            self._set_phase(Phase.OPEN)
            self._tell_error(error, None)
            return
        self._set_phase(Phase.STUCK)
        self._tell_error(error, self._again)
        self._offer_next(self.tr("No vote in this round."))

    def _tell_error(self, error: TunedeskError, again: Callable[[], object] | None) -> None:
        self.notice.tell(
            f"{error.title} {error.what} {error.next_step}",
            self.tr("Try again") if again is not None else "",
            again,
            kind="error",
        )

    def _right(self) -> None:
        if self.votes.can_go_on:
            self._next()
        else:
            self._vote("B")

    def _vote(self, choice: Choice) -> None:
        if self._phase is Phase.OPEN and self.votes.can_vote(choice):
            self.votes.lock()
            self._rounds.vote(choice, self.votes.reasons, self.votes.note.text().strip())

    def _reveal(self, reveal: Reveal) -> None:
        if self._prompt is not None and self._prompt.digest:
            self._voted_digests.add(self._prompt.digest)
        self.notice.hide()
        self._set_phase(Phase.VOTED)
        for seat, pane in self.panes.items():
            who = reveal.contenders[seat]
            pane.reveal(who, reveal.answers.get(seat), chosen=who == reveal.winner)
        self._offer_next(self._outcome(reveal))
        self.voted.emit()

    def _outcome(self, reveal: Reveal) -> str:
        if reveal.winner is None:
            return self.tr("No winner in this round.")
        return self.tr("You chose {model}.").format(model=reveal.winner.label)

    def _offer_next(self, outcome: str) -> None:
        if self._free:
            self.votes.show_outcome(outcome, self.tr("Next prompt"))
            return
        last = self._test_set.index + 1 >= len(self._test_set)
        self.votes.show_outcome(outcome, self.tr("Finish") if last else self.tr("Next prompt"))

    def _toggle_reference(self) -> None:
        if not self._free and self._prompt is not None and self._prompt.reference:
            self.reference.setVisible(self.reference.isHidden())


def _pair_of(payload: object) -> WantedPair:
    """What a page that leads here wants compared; None where it has no wish."""
    if isinstance(payload, tuple) and len(payload) == 2:
        first, second = (one if isinstance(one, Contender) else None for one in payload)
        return first, second
    return None, None
