"""Putting prompts to two models and letting a person judge."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, ModelInfo
from tunedesk.core.retirement import is_tuned
from tunedesk.core.self_naming import names_itself
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.after_vote import due_repeat, write_repeat
from tunedesk.services.compare.ahead import Ahead
from tunedesk.services.compare.ahead_offer import is_doubtful
from tunedesk.services.compare.answering import Digests
from tunedesk.services.compare.comparison_types import HeldOutPrompt, PromptSet, Reveal
from tunedesk.services.compare.ended_models import ended
from tunedesk.services.compare.frozen import contenders_of, kept_answers, kept_by_all
from tunedesk.services.compare.held_out import prompts_of
from tunedesk.services.compare.prompt_standing import Standing, standing_of
from tunedesk.services.compare.round import Round
from tunedesk.services.compare.round_opening import at_seats, open_round
from tunedesk.services.compare.seating import Messages, Seating, judged_digests, nothing_said
from tunedesk.services.compare.settings import CompareSettings, read_settings, write_settings
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.work.background import Background
from tunedesk.store.ledger import Ledger
from tunedesk.store.ledger_held_out import SEATS, WaitingRound
from tunedesk.store.records import Contender, JobRecord, RoundRecord

__all__ = ["Comparison", "Contender", "HeldOutPrompt", "PromptSet", "Reveal", "Round"]


class Comparison:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project, providers: Providers, background: Background) -> None:
        self._project = project
        self._providers = providers
        self._background = background
        self._digests: dict[tuple[str, str], str] = {}
        self._seating = Seating(project)
        self.ahead = Ahead(project, providers, self._seating, self._digests)

    @property
    def digests(self) -> Digests:
        """Those that `contenders` has found; it grows with each call."""
        return self._digests

    async def contenders(self) -> list[Contender]:
        """Who can be asked: base models, then the project's tuned models, newest first, each
        with its checkpoints, then those whose answers were kept. Not those that have ended.

        A provider that cannot be reached takes its base models away, not those of the ledger.
        Raises TunedeskError if nobody can be reached and there is nothing in the ledger.
        """
        tuned = await self._project.in_ledger(_tuned)
        frozen = await self._project.in_ledger(contenders_of)
        profiles = self._providers.profiles()
        asked = await asyncio.gather(*map(self._providers.models_of, profiles))
        found, problem = [], None
        over = await self._background.run(ended, tuned, self._providers)
        gone: set[str] = set()
        for profile, answer in zip(profiles, asked, strict=True):
            if isinstance(answer, TunedeskError):
                problem = answer
                continue
            self._digests |= {(profile.id, m.id): m.digest for m in answer if m.digest}
            if profile.has_previews:  # an engine of ours names all it has: others were deleted
                gone |= _gone(tuned, profile.id, {model.id for model in answer})
            over -= {(profile.id, model.id) for model in answer}  # whatever the table says
            found += _base_models(profile, answer, tuned)
        if problem is not None and not found and not tuned and not frozen:
            raise problem
        return found + [one for one in tuned if _can_answer(one, gone, over)] + frozen

    def place_of(self, who: Contender) -> str:
        """The name of its provider, the id of one that is no more in Settings."""
        profile = self._providers.book.get(who.provider_id)
        return who.provider_id if profile is None else profile.name

    async def begin(
        self,
        first: Contender,
        second: Contender,
        messages: Messages,
        settings: ChatSettings = ChatSettings(),  # noqa: B008  frozen
        source_digest: str | None = None,
        reference: str = "",
        *,
        again: Round | None = None,
    ) -> Round:
        """A round that the ledger knows; `Round.run` asks whom nobody asked yet.

        `source_digest` is the prompt digest of the row the prompt came from, None or "" when it
        was typed; `reference` is what that row answers. Where both were asked that ahead of time,
        or are just being asked, it is the round of then. `again`: a round without a vote that is
        closed for this one. A whole answer of the round before, under the same settings or a longer
        limit, is not asked for once more. Against kept answers, `settings` are those they were
        given with, but for a longer limit. Raises
        TunedeskError: "round.same" for one model against itself, "round.not_kept" for a prompt that
        a model of kept answers was not asked, "key_missing" before anybody is asked.
        """
        pair = (first, second)
        if (first.provider_id, first.model) == (second.provider_id, second.model):
            raise _same()
        there = None
        if source_digest:
            await self.ahead.wanted(pair, source_digest)
            known = await self._project.in_ledger(
                lambda ledger: ledger.waiting_rounds(source_digest)
            )
            there = standing_of(known, pair, messages, settings)
            if there is not None and again is None and self._can_be_shown(there):
                return self._shown(there.waits)
        kept = await self._project.in_ledger(
            lambda ledger: kept_answers(ledger, pair, source_digest or "")
        )
        for answer in kept.values():
            limit = max(answer.settings.max_tokens, settings.max_tokens)
            settings = msgspec.structs.replace(answer.settings, max_tokens=limit)
        for one in pair:
            if one not in kept:
                self._providers.check_key(one.provider_id)
        over = {again.id: again.whole_answers(settings)} if again is not None else {}
        if there is not None and there.is_replaced:
            over.setdefault(there.waits.round.id, there.said)
        said = {who: answer for one in over.values() for who, answer in one.items()} | kept
        record = self._seating.round(pair, messages, settings, source_digest, reference)
        await self._project.in_ledger(lambda ledger: open_round(ledger, record, said, over))
        there_already = at_seats(record, said)
        made = Round(self._project, self._providers, record, there_already, digests=self._digests)
        if source_digest:
            self.ahead.live = {source_digest: made}
        return made

    def _can_be_shown(self, there: Standing) -> bool:
        """Nobody is to be asked for it now: under the same limit it would be cut there again."""
        return there.is_ready or there.is_at_limit or is_doubtful(self._providers, there)

    async def repeat(self, first: Contender, second: Contender, *, is_at_end: bool) -> Round | None:
        """A round that was judged before, with the seats swapped, if one is due now.

        It measures how steady the person votes, and does not count in the win rate.
        """

        def make(ledger: Ledger) -> tuple[RoundRecord, Mapping[Seat, Answer]] | None:
            shown = due_repeat(ledger, (first, second), is_at_end=is_at_end)
            if shown is None:
                return None
            again = write_repeat(ledger, self._seating, shown)
            return again, ledger.answers(again.id)

        made = await self._project.in_ledger(make)
        if made is None:
            return None
        record, said = made
        return Round(self._project, self._providers, record, said, was_asked=True)

    async def settings(self) -> CompareSettings:
        """How both are asked in this project."""
        return await read_settings(self._project)

    async def put_settings(self, settings: CompareSettings) -> None:
        """Keep how both are asked."""
        await write_settings(self._project, settings)

    async def named_in(self, reveal: Reveal) -> dict[Seat, str]:
        """The words in which an answer says who gave it, by seat; seats without are left out."""
        names = [name for who in reveal.contenders.values() for name in (who.label, who.model)]

        def look() -> dict[Seat, str]:
            said = {seat: names_itself(one.text, names) for seat, one in reveal.answers.items()}
            return {seat: words for seat, words in sorted(said.items()) if words is not None}

        return await self._background.run(look)

    def _shown(self, there: WaitingRound) -> Round:
        """Asked before, so that nobody is asked now; what was lost stands as cut off."""
        record = there.round
        said = {seat: there.answers.get(seat) or nothing_said(record, seat) for seat in SEATS}
        return Round(self._project, self._providers, record, said, was_asked=True)

    async def prompts(
        self, first: Contender, second: Contender, session: DatasetSession | None
    ) -> PromptSet:
        """What these two can be asked one after another: the test rows of the dataset.

        Where one of them has kept answers alone, those of the test rows it was asked; if there
        are none, everything it was asked. Raises TunedeskError if the rows cannot be read.
        """
        test = await prompts_of(session) if session is not None else []
        frozen = [one for one in (first, second) if one.is_frozen]
        if not frozen:
            return PromptSet(prompts=test)
        kept = await self._project.in_ledger(lambda ledger: kept_by_all(ledger, frozen))
        of_test = [prompt for prompt in test if prompt.digest in kept]
        return PromptSet(
            prompts=of_test or list(kept.values()),
            n_skipped=len(test) - len(of_test),
            is_kept_alone=True,
            is_of_test=bool(of_test),
        )

    async def voted_digests(self, first: Contender, second: Contender) -> set[str]:
        """Prompt digests of rows these two were already judged on, either way round, or gave the
        same answer to, which nobody has to judge."""
        pair = (first, second)
        return await self._project.in_ledger(lambda ledger: judged_digests(ledger, pair))


def _can_answer(one: Contender, gone: set[str], over: set[tuple[str, str]]) -> bool:
    return one.model not in gone and (one.provider_id, one.model) not in over


def _same() -> TunedeskError:
    return TunedeskError(
        "round.same",
        "These are the same model.",
        "There is nothing to compare.",
        "Choose two different ones.",
    )


def _base_models(
    profile: Profile, listed: Sequence[ModelInfo], tuned: Sequence[Contender]
) -> list[Contender]:
    """Those the provider lists; where deployments are known, these: nothing else answers there.

    A deployment of a model that a job of this project made stands there under the job's name.
    """
    if not profile.deployments:
        ids = [model.id for model in listed if model.kind == "base"]
        return [_untuned(profile, model, profile.model_label(model)) for model in ids]
    of_jobs = {one.model for one in tuned if one.provider_id == profile.id}
    return [
        _untuned(profile, model, name if name == model else f"{name} · {model}")
        for name, model in profile.deployments.items()
        if model not in of_jobs and name == profile.called(model)
    ]


def _untuned(profile: Profile, model: str, label: str) -> Contender:
    return Contender(
        provider_id=profile.id,
        model=model,
        label=label,
        kind="tuned" if is_tuned(model) else "base",
    )


def _gone(tuned: Sequence[Contender], provider_id: str, there: set[str]) -> set[str]:
    return {one.model for one in tuned if one.provider_id == provider_id} - there


def _tuned(ledger: Ledger) -> list[Contender]:
    found = []
    for job in ledger.jobs():
        model = job.state.fine_tuned_model if job.state is not None else None
        if model:
            found.append(_contender(job, model, job.name, "tuned"))
        checkpoints = [c for c in ledger.checkpoints(job.local_id) if c.model != model]
        found += [_of_checkpoint(job, checkpoint) for checkpoint in checkpoints]
    return found


def _of_checkpoint(job: JobRecord, checkpoint: Checkpoint) -> Contender:
    label = f"{job.name} · step {checkpoint.step_number}"
    return _contender(job, checkpoint.model, label, "checkpoint")


def _contender(job: JobRecord, model: str, label: str, kind: str) -> Contender:
    return Contender(provider_id=job.provider_id, model=model, label=label, kind=kind)
