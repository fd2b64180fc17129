"""Carries one round at a time: asks both models, passes on what may be shown, takes the vote."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from tunedesk.core.blind import Seat
from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison import Comparison, HeldOutPrompt, Reveal, Round
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.compare.pickers import Pair
from tunedesk.ui.pages.compare.vote_bar import Choice


class RoundDriver(QObject):
    """A round that was left for another is stopped, and what it still says is dropped."""

    written = Signal()
    ended = Signal()
    failed = Signal(object)
    revealed = Signal(object)
    named = Signal(object)
    skipped = Signal()

    def __init__(self, comparison: Comparison, operations: Operations, parent: QObject) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._operations = operations
        self._generation = 0
        self._voting = False
        self.settings = ChatSettings()
        self.round: Round | None = None
        self.is_writing = False

    def start(self, pair: Pair, prompt: HeldOutPrompt, *, again: Round | None = None) -> None:
        """Ask both models; `again` is the round that this one stands for. `written` follows often,
        `ended` or `failed` once."""
        self.leave()
        self.is_writing = True
        generation = self._generation
        self._operations.run(
            self._run(self._begun(pair, prompt, again), generation),
            owner=self,
            done=lambda _none: self._ended(generation),
            failed=lambda error: self._failed(generation, error),
        )

    async def _begun(self, pair: Pair, prompt: HeldOutPrompt, again: Round | None) -> Round:
        return await self._comparison.begin(
            *pair,
            prompt.messages,
            settings=self.settings,
            source_digest=prompt.digest,
            reference=prompt.reference,
            again=again,
        )

    def start_round(self, made: Round) -> None:
        """The same for a round that is there."""
        self.leave()
        self.is_writing = True
        generation = self._generation

        async def give() -> Round:
            return made

        self._operations.run(
            self._run(give(), generation),
            owner=self,
            done=lambda _none: self._ended(generation),
            failed=lambda error: self._failed(generation, error),
        )

    async def _run(self, begins: Coroutine[Any, Any, Round], generation: int) -> None:
        begun = await begins
        if not self._is_current(generation):
            return
        self.round = begun
        await begun.run(lambda: self._written(generation))

    def _is_current(self, generation: int) -> bool:
        """Whether anyone still waits for this round: neither left, nor the page closed."""
        return isValid(self) and generation == self._generation

    def _written(self, generation: int) -> None:
        if self._is_current(generation):
            self.written.emit()

    def _ended(self, generation: int) -> None:
        if not self._is_current(generation):
            return
        self.is_writing = False
        self.written.emit()
        self.ended.emit()

    def _failed(self, generation: int, error: TunedeskError) -> None:
        if self._is_current(generation):
            self.is_writing = False
            self.failed.emit(error)

    def stop(self) -> None:
        """End the answers where they are; `ended` follows."""
        if self.round is not None and self.is_writing:
            self._operations.run(self.round.stop(), owner=self)

    def leave(self) -> None:
        """Have nothing more to do with the round that runs."""
        self.stop()
        self._generation += 1
        self.round, self.is_writing, self._voting = None, False, False

    def vote(self, choice: Choice, reasons: Sequence[str], note: str) -> None:
        """Lock the vote in; `revealed(Reveal)` follows once it is written down."""
        if self.round is None or self._voting:
            return
        self._close(self.round.vote(choice, reasons, note))

    def _close(self, closing: Coroutine[Any, Any, Reveal]) -> None:
        self._voting = True
        generation = self._generation
        self._operations.run(
            closing,
            owner=self,
            done=lambda reveal: self._revealed(generation, reveal),
            failed=lambda error: self._vote_failed(generation, error),
        )

    def change_vote(self, choice: Choice, reasons: Sequence[str], note: str) -> None:
        """Another choice than the blind one, marked as such; `revealed(Reveal)` follows."""
        if self.round is not None:
            self._close(self.round.change_vote(choice, reasons, note))

    def skip(self) -> None:
        """Close a round of equal answers without a vote; `skipped` follows."""
        if self.round is None or self._voting:
            return
        self._voting = True
        generation = self._generation
        self._operations.run(
            self.round.skip(),
            owner=self,
            done=lambda _none: self._skipped(generation),
            failed=lambda error: self._vote_failed(generation, error),
        )

    def _skipped(self, generation: int) -> None:
        if self._is_current(generation):
            self.skipped.emit()

    def give_up(self) -> None:
        """Have the round over without a vote; `revealed` follows, with what went wrong."""
        if self.round is not None and not self._voting:
            self._close(self.round.abandon())

    def _revealed(self, generation: int, reveal: Reveal) -> None:
        if self._is_current(generation):
            self.revealed.emit(reveal)

    def look_for_names(self, reveal: Reveal) -> None:
        """Whether an answer says who gave it: `named({seat: its words})` follows if one does."""
        generation = self._generation

        def tell(found: dict[Seat, str]) -> None:
            if found and self._is_current(generation):
                self.named.emit(found)

        self._operations.run(self._comparison.named_in(reveal), owner=self, done=tell)

    def _vote_failed(self, generation: int, error: TunedeskError) -> None:
        if self._is_current(generation):
            self._voting = False
            self.failed.emit(error)

    def text(self, seat: Seat) -> str:
        """What may be read at a seat now."""
        return self.round.shown(seat) if self.round is not None else ""
