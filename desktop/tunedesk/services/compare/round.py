"""One prompt put to two models, blind: nothing tells who is who before the vote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from tunedesk.core.blind import Seat, other_seat, shown_length
from tunedesk.core.chat import LIMIT_MET, Answer, ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.answering import Answering, Digests, proven
from tunedesk.services.compare.comparison_types import HeldOutPrompt, Reveal
from tunedesk.services.compare.frozen_answering import FrozenAnswering
from tunedesk.services.compare.round_opening import whole_answers
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import AnswerRecord, Choice, Contender, RoundRecord, VoteRecord

SEATS: tuple[Seat, Seat] = ("A", "B")
TELL_EVERY_S = 0.033
AT_LIMIT = "round.at_limit"
"""Code of a round whose answers did not end by themselves within the tokens that are set."""


class Round:
    """Made by `Comparison.begin`; run once, voted on once, on the loop's thread.

    Before the vote it says nothing of who answers: not by names, order, speed, or the texts of
    errors.
    """

    def __init__(
        self,
        project: Project,
        providers: Providers,
        record: RoundRecord,
        kept: Mapping[Seat, Answer] | None = None,
        *,
        was_asked: bool = False,
        digests: Digests | None = None,
    ) -> None:
        """`kept`: what was said before at seats that are not asked any more; with `was_asked` the
        ledger has it."""
        self._project = project
        self._providers = providers
        self._record = record
        self._was_asked = was_asked
        self._digests = digests or {}
        self._began_ms = project.clock()
        known = kept or {}
        self._seats = {
            seat: _answering(record.contender_at(seat), known.get(seat)) for seat in SEATS
        }
        for seat, answering in self._seats.items():
            if isinstance(answering, FrozenAnswering):
                answering.other = self._seats[other_seat(seat)]
        self._tasks: list[asyncio.Task[None]] = []
        self._is_begun = False
        self._is_stopped = False
        self._is_stored = False
        self._has_vote = False

    @property
    def is_running(self) -> bool:
        """Both are being asked right now."""
        return self._is_begun and not self.finished

    @property
    def is_of_row(self) -> bool:
        """The prompt is a row of a dataset, not typed."""
        return self._record.kind == "held_out"

    @property
    def prompt(self) -> HeldOutPrompt:
        """What was asked, as a question without a reference."""
        digest = self._record.source_digest or ""
        return HeldOutPrompt(messages=self._record.messages, reference="", digest=digest)

    # ---- before the vote -----------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Tells nothing; the ledger knows the round by it."""
        return self._record.id

    @property
    def messages(self) -> Sequence[object]:
        """What was asked."""
        return self._record.messages

    def shown(self, seat: Seat) -> str:
        """As much of a seat's answer as may be shown now; it only grows."""
        a, b = (self._seats[s] for s in SEATS)
        limit = shown_length((len(a.text), len(b.text)), (a.is_over, b.is_over))
        return self._seats[seat].text[:limit]

    @property
    def finished(self) -> bool:
        """Both answers have ended, well or not, and are stored."""
        return self._is_stored

    @property
    def votable(self) -> bool:
        """Both answers are whole, and nobody has voted yet."""
        return self.finished and not self._has_vote and not self._cut_off_seats()

    @property
    def identical(self) -> bool:
        """Both answers are whole and the same: only a tie can be voted."""
        texts = {answering.text for answering in self._seats.values()}
        return self.finished and not self._cut_off_seats() and len(texts) == 1

    def is_cut_off(self, seat: Seat) -> bool:
        """The answer did not end by itself; only known once the round has finished."""
        return self.finished and seat in self._cut_off_seats()

    def is_silent(self, seat: Seat) -> bool:
        """No answer came at all, for a reason that is known."""
        one = self._seats[seat]
        return self.is_cut_off(seat) and not one.text and one.problem is not None

    def met_limit(self, seat: Seat) -> bool:
        """It was cut at the longest answer that is set; only known once the round has finished."""
        return self.finished and self._seats[seat].finish_reason == LIMIT_MET

    @property
    def limit_tokens(self) -> int:
        """The longest answer that was asked for."""
        return self._record.settings.max_tokens

    @property
    def problem(self) -> TunedeskError | None:
        """Why the round cannot be voted on, in words that name nobody; None if it can."""
        if not self.finished or not self._cut_off_seats():
            return None
        if all(self.met_limit(seat) for seat in self._cut_off_seats()):
            return at_limit(self.limit_tokens)
        if self._is_stopped:
            return _stopped()
        return _silent() if any(map(self.is_silent, SEATS)) else _cut_off()

    def whole_answers(self, settings: ChatSettings) -> dict[Contender, Answer]:
        """What ended by itself so far, by who said it: under `settings` nobody needs to be asked
        for it once more."""
        said = {
            seat: one.kept if isinstance(one, FrozenAnswering) else self._answer_of(seat)
            for seat, one in self._seats.items()
        }
        return whole_answers(self._record, said, settings)

    async def run(self, on_change: Callable[[], object]) -> None:
        """Ask both models at once; returns when both have ended and the ledger has the answers.

        `on_change()` is called at most every 33 ms while text may grow, and at the end. What goes
        wrong with an answer is not raised but in `problem`. Raises TunedeskError only if the
        ledger cannot be written.
        """
        if self._is_begun or self.finished:
            raise RuntimeError("a round is run once")
        self._is_begun = True
        try:
            if not self._was_asked:
                await self._project.in_ledger(self._note_asked)
            if not self._is_stopped:  # meanwhile
                self._tasks = [asyncio.create_task(self._answer(seat)) for seat in SEATS]
            while self._tasks:
                _, running = await asyncio.wait(self._tasks, timeout=TELL_EVERY_S)
                if not running:
                    break
                on_change()
            _raise_bugs(self._tasks)
        except asyncio.CancelledError:
            await asyncio.shield(self.stop())
            raise
        finally:
            await asyncio.shield(self._store())
        on_change()

    async def stop(self) -> None:
        """End both answers where they are; they are kept, and cannot be voted on."""
        if self.finished:
            return
        self._is_stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- the vote ------------------------------------------------------------------------------

    async def vote(self, choice: Choice, reasons: Sequence[str] = (), note: str = "") -> Reveal:
        """Store the choice, which nothing changes any more, and show who sat where.

        Raises TunedeskError: "vote.incomplete", "vote.already", or "vote.identical" for anything
        but a tie between two equal answers.
        """
        if not self.votable:
            raise _already() if self._has_vote else _not_votable()
        if self.identical and choice != "tie":
            raise _identical()
        self._has_vote = True
        vote = VoteRecord(
            round_id=self.id,
            choice=choice,
            created_at_ms=self._project.clock(),
            reasons=list(reasons),
            note=note,
        )
        try:
            await self._project.in_ledger(lambda ledger: ledger.add_vote(vote))
        except TunedeskError as error:
            self._has_vote = error.code == "vote.already"
            raise
        winner = self._record.contender_at(choice) if choice in ("A", "B") else None
        return self._reveal(winner)

    async def change_vote(
        self, choice: Choice, reasons: Sequence[str] = (), note: str = ""
    ) -> Reveal:
        """Another choice than the blind one, which stays stored; marked with its time.

        Raises TunedeskError if the ledger cannot be written; RuntimeError before the vote.
        """
        if not self._has_vote or self._cut_off_seats():
            raise RuntimeError("there is no vote to change")
        vote = VoteRecord(
            round_id=self.id,
            choice=choice,
            created_at_ms=self._project.clock(),
            reasons=list(reasons),
            note=note,
        )
        await self._project.in_ledger(lambda ledger: ledger.change_vote(vote))
        return self._reveal(self._record.contender_at(choice) if choice in ("A", "B") else None)

    async def abandon(self) -> Reveal:
        """Give the round up, so that it can never be voted on, and show who sat where.

        The way to see in full words what went wrong.
        """
        if self._has_vote:
            raise _already()
        await self.stop()
        self._has_vote = True
        await self._project.in_ledger(lambda ledger: ledger.end_round(self.id, "abandoned"))
        return self._reveal(None)

    async def skip(self) -> None:
        """Close a round whose answers are the same, word for word: it is counted, not judged."""
        if not self.identical or self._has_vote:
            raise _already()
        self._has_vote = True
        await self._project.in_ledger(lambda ledger: ledger.end_round(self.id, "identical"))

    # ---- inner ---------------------------------------------------------------------------------

    def _note_asked(self, ledger: Ledger) -> None:
        """Written down before it is sent: what is lost may have been paid for."""
        for seat, answering in self._seats.items():
            if not isinstance(answering, FrozenAnswering):
                ledger.note_asked(self.id, seat, self._began_ms)

    async def _answer(self, seat: Seat) -> None:
        answering = self._seats[seat]
        contender = answering.contender
        request = ChatRequest(
            model=contender.model,
            messages=self._record.messages,
            settings=self._record.settings,
        )
        await answering.run(self._providers, request)

    async def _store(self) -> None:
        if self._is_stored:
            return
        if self._was_asked:
            self._is_stored = True
            return
        for answering in self._seats.values():
            answering.is_over = True  # also one that was stopped before it began
        await self._project.in_ledger(self._write)
        self._is_stored = True

    def _write(self, ledger: Ledger) -> None:
        """What was kept before is there; who surely did not take the prompt was not asked."""
        for seat, answering in self._seats.items():
            if isinstance(answering, FrozenAnswering):
                continue
            if answering.was_taken:
                record = AnswerRecord(round_id=self.id, seat=seat, answer=self._answer_of(seat))
                ledger.add_answer(record)
            else:
                ledger.take_back_asked(self.id, seat)

    def _answer_of(self, seat: Seat) -> Answer:
        answering = self._seats[seat]
        answer = answering.answer(self._record.settings)
        if isinstance(answering, FrozenAnswering):
            return answer
        return proven(answer, self._record.messages, self._digests, self._began_ms)

    def _cut_off_seats(self) -> list[Seat]:
        return [seat for seat in SEATS if self._seats[seat].finish_reason in (None, LIMIT_MET)]

    def _reveal(self, winner: Contender | None) -> Reveal:
        problems = {
            seat: answering.problem
            for seat, answering in self._seats.items()
            if answering.problem is not None
        }
        return Reveal(
            answers={seat: self._answer_of(seat) for seat in SEATS},
            contenders={seat: self._seats[seat].contender for seat in SEATS},
            winner=winner,
            problems=problems,
        )


def _answering(contender: Contender, kept: Answer | None) -> Answering:
    return FrozenAnswering(contender, kept) if kept is not None else Answering(contender)


def _raise_bugs(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


def _cut_off() -> TunedeskError:
    return TunedeskError(
        "round.cut_off",
        "This round cannot be voted on.",
        "An answer was cut off before its end.",
        "Ask again, or show what went wrong; the round is then over.",
    )


def _silent() -> TunedeskError:
    return TunedeskError(
        "round.silent",
        "This round cannot be voted on.",
        "An answer did not come.",
        "Ask again, or show what went wrong; the round is then over.",
    )


def at_limit(n_tokens: int) -> TunedeskError:
    """Asked again under the same limit, it would be cut there again."""
    return TunedeskError(
        AT_LIMIT,
        "This round cannot be voted on.",
        f"An answer was cut at the longest that is set, {n_tokens:,} tokens.",
        "Ask again with more tokens.",
    )


def _stopped() -> TunedeskError:
    return TunedeskError(
        "round.stopped", "The round was stopped.", "The answers are not whole.", "Ask again."
    )


def _not_votable() -> TunedeskError:
    return TunedeskError(
        "vote.incomplete",
        "This round cannot be voted on.",
        "Both answers have to be there, whole.",
        "Wait for them, or ask again.",
    )


def _already() -> TunedeskError:
    return TunedeskError(
        "vote.already",
        "This round is over.",
        "Once the names are shown, a vote and what it was about stay as they are.",
        "Begin another round.",
    )


def _identical() -> TunedeskError:
    return TunedeskError(
        "vote.identical",
        "Both answers are the same.",
        "Neither can be better than the other.",
        "Vote for a tie.",
    )
