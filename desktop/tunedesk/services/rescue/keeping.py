"""Asking tuned models the held-out prompts and keeping what they say, so that it outlives them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.answering import CONCERNS_ONE, Answering, proven
from tunedesk.services.compare.held_out import Side, prompts_of
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.rescue.keeping_types import (
    KEEP_SETTINGS,
    HeldOutPrompt,
    KeepOffer,
    KeepOffers,
    KeepState,
)
from tunedesk.services.rescue.offers import offers_for
from tunedesk.services.work.pausable_run import PausableRun, Pause, Paused
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, FrozenAnswer, FrozenModel

Rows = Literal["test", "all"]

_SIDES: dict[Rows, tuple[Side, ...]] = {"test": ("test",), "all": ("train", "test")}

_OF_THE_MODEL = frozenset({"not_found", "gone", "forbidden"})
"""Codes that concern one model alone: the next one is asked."""

_LONGEST_PAUSE_S = 120.0
_IN_A_ROW = 3


class Keeping(PausableRun[KeepState]):
    """One for each open project; everything is called on the loop's thread.

    A prompt is written down before it is sent and sent once: what came of it is kept, and nothing
    but `begin` with `again` sends it a second time. `state` is told to subscribers.
    """

    def __init__(
        self,
        project: Project,
        providers: Providers,
        pause: Pause = asyncio.sleep,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(KeepState(), pause)
        self._project, self._providers = project, providers
        self._today = today

    # ---- before ----------------------------------------------------------------------------------

    async def suggested(self) -> DatasetInfo | None:
        """The dataset whose rows are most surely held out: one that is for testing alone."""
        datasets = await self._project.datasets()

        def find(ledger: Ledger) -> DatasetInfo | None:
            shares = [ledger.dataset_settings(info.id).test_share for info in datasets]
            of_tests = [info for info, share in zip(datasets, shares, strict=True) if share == 1.0]
            return of_tests[-1] if of_tests else None

        return await self._project.in_ledger(find)

    async def prompts(
        self, info: DatasetInfo, rows: Rows, opened: DatasetSession | None
    ) -> list[HeldOutPrompt]:
        """A dataset's test rows, or all of them, as questions; `opened` is the one on the screen.

        Raises TunedeskError if the rows cannot be read.
        """
        if opened is not None and opened.info.id == info.id:
            return await prompts_of(opened, _SIDES[rows])
        session = await open_session(self._project, info)
        try:
            return await prompts_of(session, _SIDES[rows])
        finally:
            await session.close()

    async def offers(self, provider_id: str, prompts: Sequence[HeldOutPrompt]) -> KeepOffers:
        """Who can be asked these, and what it may cost. Sends nothing. Raises TunedeskError."""
        profile = self._providers.profile(provider_id)
        return await offers_for(self._project, profile, prompts, self._today())

    # ---- asking ----------------------------------------------------------------------------------

    def begin(self, offers: Sequence[KeepOffer], *, again: bool = False) -> asyncio.Task[None]:
        """Ask what is missing, or what was lost or cut off before; one run at a time.

        Each prompt may cost money: the person has agreed to it. Errors are in `state`.
        """
        if self._task is None or self._task.done():
            n_all = sum(len(one.again if again else one.missing) for one in offers)
            provider_id = offers[0].provider_id if offers else ""
            self._tell(KeepState(provider_id=provider_id, is_running=True, n_all=n_all))
            self._task = asyncio.create_task(self._run(offers, again=again))
        return self._task

    async def _run(self, offers: Sequence[KeepOffer], *, again: bool) -> None:
        try:
            for offer in offers:
                self._change(label=offer.label)
                await self._ask_all(offer, again=again)
        except Paused:
            pass
        except TunedeskError as error:
            self._change(stopped_by=error)
        finally:
            self._change(is_running=False, is_pausing=False, waits_s=None, label="")

    async def _ask_all(self, offer: KeepOffer, *, again: bool) -> None:
        """A problem with this model alone ends it for this model. Raises TunedeskError, Paused."""
        await self._project.in_ledger(lambda ledger: ledger.add_frozen(self._frozen(offer)))
        in_a_row = 0
        for prompt in offer.again if again else offer.missing:
            self._stop_if_pausing()
            try:
                problem = await self._until_taken(offer, prompt, again=again)
            except TunedeskError as error:
                if error.code not in _OF_THE_MODEL:
                    raise
                self._change(problems={**self.state.problems, offer.label: error})
                return
            self._change(n_done=self.state.n_done + 1)
            in_a_row = in_a_row + 1 if problem is not None else 0
            if problem is not None:
                if in_a_row == _IN_A_ROW:
                    raise problem
                await self._wait(2.0**in_a_row, is_told=False)

    async def _until_taken(
        self, offer: KeepOffer, prompt: HeldOutPrompt, *, again: bool
    ) -> TunedeskError | None:
        """Ask, and again after each pause that the provider asks for before it has taken it.

        What went wrong with this prompt, None if all is well. Raises TunedeskError for what
        concerns the others, too; the prompt was then surely not taken.
        """
        n_asked = 0
        while True:
            problem = await self._ask(offer, prompt, again=again)
            n_asked += 1
            if problem is None or problem.code in CONCERNS_ONE:
                return problem
            pause_s = problem.pause_s
            if pause_s is None or pause_s > _LONGEST_PAUSE_S or n_asked == _IN_A_ROW:
                raise problem
            await self._wait(pause_s)
            self._stop_if_pausing()

    async def _ask(
        self, offer: KeepOffer, prompt: HeldOutPrompt, *, again: bool
    ) -> TunedeskError | None:
        """One request, whatever comes of it; the intent is written down first."""
        ask, before = self._ask_of(offer, prompt), await self._before(offer, prompt)
        if before is not None and not again:
            return None  # it was asked meanwhile
        who = Contender(
            provider_id=offer.provider_id, model=offer.model, label=offer.label, kind=offer.kind
        )
        answering = Answering(who)
        request = ChatRequest(model=offer.model, messages=prompt.messages, settings=ask.settings)
        try:
            await self._project.in_ledger(lambda ledger: ledger.put_ask(ask))
            await answering.run(self._providers, request, is_paid=True)
        finally:
            await asyncio.shield(self._keep(ask, answering, before))
        return answering.problem

    async def _before(self, offer: KeepOffer, prompt: HeldOutPrompt) -> FrozenAnswer | None:
        """What came of it earlier."""
        key = offer.provider_id, offer.model, prompt.digest
        return await self._project.in_ledger(lambda ledger: ledger.frozen_answer(*key))

    async def _keep(
        self, ask: FrozenAnswer, answering: Answering, before: FrozenAnswer | None
    ) -> None:
        problem = answering.problem
        if problem is not None and problem.code == "refused":
            said = f"{problem.title} {problem.what}"
            await self._project.in_ledger(lambda ledger: ledger.end_ask(ask, None, said))
        elif not answering.was_taken:
            await self._project.in_ledger(lambda ledger: ledger.take_back_ask(ask, before))
        elif answering.text or answering.finish_reason:
            came = answering.answer(ask.settings)
            answer = proven(came, ask.messages, {}, ask.asked_at_ms)
            await self._project.in_ledger(lambda ledger: ledger.end_ask(ask, answer))

    def _frozen(self, offer: KeepOffer) -> FrozenModel:
        return FrozenModel(
            provider_id=offer.provider_id,
            model=offer.model,
            label=offer.label,
            provider=offer.provider,
            created_at_ms=self._project.clock(),
        )

    def _ask_of(self, offer: KeepOffer, prompt: HeldOutPrompt) -> FrozenAnswer:
        return FrozenAnswer(
            provider_id=offer.provider_id,
            model=offer.model,
            prompt_digest=prompt.digest,
            messages=prompt.messages,
            reference=prompt.reference,
            settings=KEEP_SETTINGS,
            asked_at_ms=self._project.clock(),
        )
