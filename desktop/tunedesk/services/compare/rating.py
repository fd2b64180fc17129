"""One model alone: its answers to the test rows, each rated by a person."""

from __future__ import annotations

import asyncio
import uuid

import msgspec

from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.answering import Answering, Digests, proven
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.compare.held_out import prompts_of
from tunedesk.services.compare.rated import Rated, rated_models
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.store.ledger_ratings import RatingRecord
from tunedesk.store.records import Contender

__all__ = ["Asked", "RatingRecord", "Ratings"]


class Asked:
    """An answer that grows, or one that is there and waits for its rating."""

    def __init__(self, answering: Answering | None, record: RatingRecord | None = None) -> None:
        self._answering = answering
        self.record = record

    @property
    def text(self) -> str:
        """What came so far."""
        if self.record is not None:
            return self.record.answer.text
        return self._answering.text if self._answering is not None else ""

    @property
    def problem(self) -> TunedeskError | None:
        """Why there is no whole answer, if that is known."""
        return self._answering.problem if self._answering is not None else None

    @property
    def is_rateable(self) -> bool:
        """Only an answer that ended by itself is."""
        return self.record is not None and self.record.answer.is_whole

    @property
    def met_limit(self) -> bool:
        """It was cut at the longest answer that is set."""
        return self.record is not None and self.record.answer.met_limit


class Ratings:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project, providers: Providers, digests: Digests) -> None:
        self._project = project
        self._providers = providers
        self._digests = digests

    async def prompts(self, who: Contender, session: DatasetSession | None) -> list[HeldOutPrompt]:
        """The test rows whose answers of this model were not rated yet, in their order."""
        if session is None:
            return []
        rated = {one.prompt_digest for one in await self._of(who) if one.is_rated}
        return [one for one in await prompts_of(session) if one.digest not in rated]

    async def begin(self, who: Contender, prompt: HeldOutPrompt, settings: ChatSettings) -> Asked:
        """The answer to a prompt: one that waits since it was asked so, else a new one."""
        waiting = [
            one
            for one in await self._of(who)
            if one.prompt_digest == prompt.digest
            and not one.is_rated
            and one.answer.is_as_under(settings)
            and list(one.messages) == list(prompt.messages)
            and one.answer.is_complete
        ]
        whole = [one for one in waiting if one.answer.is_whole] or waiting
        return Asked(None, whole[-1]) if whole else Asked(Answering(who))

    async def run(
        self, asked: Asked, who: Contender, prompt: HeldOutPrompt, settings: ChatSettings
    ) -> None:
        """Ask, if nobody did, once; what came is written down also when it is stopped."""
        answering = asked._answering
        if asked.record is not None or answering is None:
            return
        at_ms = self._project.clock()
        request = ChatRequest(model=who.model, messages=prompt.messages, settings=settings)
        try:
            await answering.run(self._providers, request)
        finally:
            await asyncio.shield(self._keep(asked, answering, prompt, settings, at_ms))

    async def _keep(
        self,
        asked: Asked,
        answering: Answering,
        prompt: HeldOutPrompt,
        settings: ChatSettings,
        at_ms: int,
    ) -> None:
        if not answering.text and not answering.finish_reason:
            return
        record = RatingRecord(
            id=uuid.uuid4().hex,
            created_at_ms=at_ms,
            contender=answering.contender,
            prompt_digest=prompt.digest,
            messages=prompt.messages,
            reference=prompt.reference,
            answer=proven(answering.answer(settings), prompt.messages, self._digests, at_ms),
        )
        await self._project.in_ledger(lambda ledger: ledger.put_rating(record))
        asked.record = record

    async def rate(
        self, record: RatingRecord, *, stars: int | None, passed: bool | None, note: str
    ) -> RatingRecord:
        """Write down what is thought of it; both None takes it back."""
        is_rated = stars is not None or passed is not None
        rated = msgspec.structs.replace(
            record,
            stars=stars,
            passed=None if passed is None else int(passed),
            note=note,
            rated_at_ms=self._project.clock() if is_rated else None,
        )
        await self._project.in_ledger(lambda ledger: ledger.put_rating(rated))
        return rated

    async def summaries(self) -> list[Rated]:
        """Every model that was rated alone, the one rated last first."""
        return await rated_models(self._project)

    async def _of(self, who: Contender) -> list[RatingRecord]:
        return await self._project.in_ledger(lambda ledger: ledger.ratings(who))
