"""Both models are asked the prompts of a test set ahead of time, while a person already rates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer, ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.ahead_offer import is_doubtful, is_paid, offer_of
from tunedesk.services.compare.ahead_types import AheadOffer, AheadState
from tunedesk.services.compare.answering import CONCERNS_ONE, Answering, Digests, proven
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.compare.difference import Difference, difference, no_difference
from tunedesk.services.compare.frozen import kept_answers
from tunedesk.services.compare.prompt_standing import Standing, standing_of
from tunedesk.services.compare.round_opening import open_round
from tunedesk.services.compare.seating import Pair, Seating, judged_digests
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.work.pausable_run import PausableRun, Pause, Paused
from tunedesk.store.ledger import Ledger
from tunedesk.store.ledger_held_out import SEATS, WaitingRound
from tunedesk.store.records import AnswerRecord, RoundRecord

Differ = Callable[[Providers, Pair, Sequence[HeldOutPrompt]], Awaitable[Difference | None]]

_Asked = asyncio.Task[TunedeskError | None]
_LONGEST_PAUSE_S = 120.0
_N_TRIES = 3


class Asking(Protocol):
    """A round that the page asks by itself."""

    @property
    def is_running(self) -> bool:
        """Both are being asked right now."""


class Ahead(PausableRun[AheadState]):
    """One for each open project; everything is called on the loop's thread.

    A prompt is written down before it is sent. Whoever is paid for it is sent it once: what was
    cut off or lost is asked again only by `begin` with `again`. Models of our own engines are asked
    again by themselves. What was answered is in the ledger, so that a later run goes on. `live`:
    rounds that the page asks by itself, by prompt digest; the run passes them over.
    """

    def __init__(
        self,
        project: Project,
        providers: Providers,
        seating: Seating,
        digests: Digests,
        pause: Pause = asyncio.sleep,
        differ: Differ = difference,
    ) -> None:
        super().__init__(AheadState(), pause)
        self._project, self._providers = project, providers
        self._seating, self._digests = seating, digests
        self._differ = differ
        self._differing: set[Pair] = set()
        self.live: dict[str, Asking] = {}
        self._pair: Pair | None = None
        self._queue: dict[str, HeldOutPrompt] = {}
        self._wanted: dict[str, asyncio.Future[None]] = {}

    async def offer(
        self, pair: Pair, prompts: Sequence[HeldOutPrompt], settings: ChatSettings
    ) -> AheadOffer:
        """What is still to be asked of these prompts, and what it may cost. Sends nothing.

        Raises TunedeskError if the ledger cannot be read or tokens cannot be counted.
        """
        return await offer_of(self._project, self._providers, pair, prompts, settings)

    # ---- asking --------------------------------------------------------------------------------

    def begin(
        self, offer: AheadOffer, n_prompts: int | None = None, *, again: bool = False
    ) -> asyncio.Task[None]:
        """Ask what is missing, or the first `n_prompts` of it; with `again` what is doubtful.

        One run at a time. Where `offer.is_paid` the person has agreed to it. Errors are in `state`;
        so is that the two do not differ, which is looked at first and only once: begun again, it is
        asked all the same.
        """
        if self._task is None or self._task.done():
            prompts = (offer.doubtful if again else offer.missing)[:n_prompts]
            self._pair = offer.pair
            self._queue = {prompt.digest: prompt for prompt in prompts}
            self._tell(AheadState(is_running=True, n_all=len(prompts)))
            self._task = asyncio.create_task(self._run(offer, again=again))
        return self._task

    async def wanted(self, pair: Pair, digest: str) -> None:
        """Somebody waits for this prompt: it is the next one. Returns when it was asked, or will
        not be by the present run."""
        is_queued = (
            digest in self._queue and self._pair is not None and set(self._pair) == set(pair)
        )
        if is_queued and self.state.is_running:
            future = self._wanted.setdefault(digest, asyncio.get_running_loop().create_future())
            await asyncio.shield(future)

    async def _run(self, offer: AheadOffer, *, again: bool) -> None:
        try:
            await self._look_for_difference(offer)
            in_a_row = 0
            while self._queue:
                self._stop_if_pausing()
                digest = next(
                    (d for d in self._wanted if d in self._queue), next(iter(self._queue))
                )
                if self._is_asked_elsewhere(digest):
                    self._done(digest)
                    continue
                problem = await self._ask_both(offer, self._queue[digest], again=again)
                self._done(digest)
                in_a_row = in_a_row + 1 if problem is not None else 0
                if problem is not None and in_a_row == _N_TRIES:
                    raise problem
        except Paused:
            pass
        except TunedeskError as error:
            self._change(stopped_by=error)
        finally:
            self._queue = {}
            for future in self._wanted.values():
                future.set_result(None)
            self._wanted = {}
            self._change(is_running=False, is_pausing=False, waits_s=None)

    async def _look_for_difference(self, offer: AheadOffer) -> None:
        if offer.pair in self._differing:
            return
        self._differing.add(offer.pair)
        found = await self._differ(self._providers, offer.pair, list(self._queue.values()))
        if found is not None and not found.is_found:
            raise no_difference(found)

    def _done(self, digest: str) -> None:
        del self._queue[digest]
        future = self._wanted.pop(digest, None)
        if future is not None:
            future.set_result(None)
        self._change(n_done=self.state.n_done + 1)

    def _is_asked_elsewhere(self, digest: str) -> bool:
        """The person did not wait for the run: the page is asking just this."""
        live = self.live.get(digest)
        return live is not None and live.is_running

    async def _ask_both(
        self, offer: AheadOffer, prompt: HeldOutPrompt, *, again: bool
    ) -> TunedeskError | None:
        """Both seats at once; what went wrong with this prompt. Raises TunedeskError for what
        concerns the others, too; the prompt was then surely not taken."""
        there = await self._project.in_ledger(lambda ledger: self._round_of(ledger, offer, prompt))
        if there is None or (not again and is_doubtful(self._providers, there)):
            return None  # asked by the page since the offer was made: judged there, or lost
        waits = there.waits
        problems = await self._ask_all(waits.round, [*waits.missing, *waits.doubtful])
        await self._count(waits.round)
        return next((problem for problem in problems if problem is not None), None)

    async def _ask_all(
        self, record: RoundRecord, seats: Sequence[Seat]
    ) -> list[TunedeskError | None]:
        """What went wrong at each; no seats where the page has asked both. Raises as `_ask_both`,
        once nothing is under way any more."""
        if not seats:
            return []
        tasks = [asyncio.create_task(self._until_taken(record, seat)) for seat in seats]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.done() and task.exception() is not None for task in tasks):
                self.pause()  # the other's answer may be paid for, too
                await asyncio.wait(tasks)
            return await asyncio.gather(*_refused_first(tasks))
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    def _round_of(
        self, ledger: Ledger, offer: AheadOffer, prompt: HeldOutPrompt
    ) -> Standing | None:
        """The round that waits for its answers, or a new one, with what was kept, or was said under
        another limit and counts under this one; None for a prompt that was judged meanwhile."""
        waiting = ledger.waiting_rounds(prompt.digest)
        there = standing_of(waiting, offer.pair, prompt.messages, offer.settings)
        if there is not None and (there.is_same or there.is_ready):
            return there
        if judged_digests(ledger, offer.pair, prompt.digest):
            return None
        record = self._seating.round(
            offer.pair, prompt.messages, offer.settings, prompt.digest, prompt.reference
        )
        said = there.said if there is not None else {}
        over = [there.waits.round.id] if there is not None and there.is_replaced else []
        open_round(ledger, record, said | kept_answers(ledger, offer.pair, prompt.digest), over)
        answers = ledger.answers(record.id)
        waits = WaitingRound(round=record, answers=answers, asked=frozenset())
        return Standing(waits, offer.settings)

    async def _until_taken(self, record: RoundRecord, seat: Seat) -> TunedeskError | None:
        """Ask, and again after each pause that the provider asks for before it has taken it; one
        that is free also when its answer broke off."""
        paid = is_paid(self._providers, record.contender_at(seat))
        for n_asked in range(1, _N_TRIES + 1):
            answer, problem = await self._ask(record, seat, is_paid=paid)
            if problem is None and (answer.is_complete or paid):
                return None
            concerns_it_alone = problem is None or problem.code in CONCERNS_ONE
            if paid and concerns_it_alone:
                return problem
            if n_asked == _N_TRIES and concerns_it_alone:
                return problem
            pause_s = self._pause_before_again(problem, n_asked, is_paid=paid)
            if problem is not None and (pause_s is None or n_asked == _N_TRIES):
                raise problem
            await self._wait(pause_s or 0.0)
            self._stop_if_pausing()
        return None

    def _pause_before_again(
        self, problem: TunedeskError | None, n_asked: int, *, is_paid: bool
    ) -> float | None:
        """Seconds, None where asking again is no use."""
        asked_for = problem.pause_s if problem is not None else None
        if asked_for is not None:
            return asked_for if asked_for <= _LONGEST_PAUSE_S else None
        return None if is_paid else 2.0 ** (n_asked - 1)

    async def _ask(
        self, record: RoundRecord, seat: Seat, *, is_paid: bool
    ) -> tuple[Answer, TunedeskError | None]:
        """One request, whatever comes of it; that it is sent is written down first."""
        at_ms = self._project.clock()
        who = record.contender_at(seat)
        answering = Answering(who)
        request = ChatRequest(model=who.model, messages=record.messages, settings=record.settings)
        try:
            await self._project.in_ledger(lambda ledger: ledger.note_asked(record.id, seat, at_ms))
            await answering.run(self._providers, request, is_paid=is_paid)
        finally:
            await asyncio.shield(self._keep(record, seat, answering, at_ms))
        return answering.answer(record.settings), answering.problem

    async def _keep(
        self, record: RoundRecord, seat: Seat, answering: Answering, at_ms: int
    ) -> None:
        if not answering.was_taken:
            await self._project.in_ledger(lambda ledger: ledger.take_back_asked(record.id, seat))
        elif answering.text or answering.finish_reason:
            said = answering.answer(record.settings)
            answer = proven(said, record.messages, self._digests, at_ms)
            kept = AnswerRecord(round_id=record.id, seat=seat, answer=answer)
            await self._project.in_ledger(lambda ledger: ledger.add_answer(kept))

    async def _count(self, record: RoundRecord) -> None:
        """Mark a round whose answers are the same; nobody has to read them."""

        def look(ledger: Ledger) -> tuple[bool, bool]:
            answers = ledger.answers(record.id)
            is_whole = all(seat in answers and answers[seat].is_whole for seat in SEATS)
            is_same = is_whole and len({answer.text for answer in answers.values()}) == 1
            if is_same:
                ledger.end_round(record.id, "identical")
            return is_whole, is_same

        is_whole, is_same = await self._project.in_ledger(look)
        self._change(
            n_cut_off=self.state.n_cut_off + (not is_whole),
            n_identical=self.state.n_identical + is_same,
        )


def _refused_first(tasks: Sequence[_Asked]) -> list[_Asked]:
    """So that a run that was refused does not say that it was paused."""
    return sorted(tasks, key=lambda task: not isinstance(task.exception(), TunedeskError))
