"""A few held-out prompts answered over time: by the base, then by each checkpoint.

Our engine answers by itself as it trains; elsewhere the person asks, knowing the price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.cost import conversation_usd
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent, Sample, samples_of
from tunedesk.core.messages import as_asked, role_of, text_of
from tunedesk.core.rows import RowError, prompt_messages, reference_reply
from tunedesk.services.compare.answering import MAY_BE_PAID, Answering
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.costing import load_prices
from tunedesk.services.train.price_lookup import price_for
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, JobRecord

AT_THE_END = 2**31
"""The step of a tuned model whose job tells no checkpoints."""

N_PROMPTS = 3
MAX_TOKENS = 128
_LOOKED_AT = 200
_SETTINGS = ChatSettings(temperature=0.0, max_tokens=MAX_TOKENS)


class SampleAnswer(msgspec.Struct, frozen=True):
    """`step` 0 is the base, `AT_THE_END` the tuned model where there are no checkpoints."""

    step: int
    text: str


class SampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt with its answers by step; `reference` is "" where its row is not known."""

    prompt: str
    reference: str
    answers: Sequence[SampleAnswer]


class SampleSheet(msgspec.Struct, frozen=True, kw_only=True):
    """`is_by_itself`: the provider answers as it trains. `n_missing` answers can be asked for;
    they cost at most `usd`, None where nobody told the price. `n_lost` of them were asked for
    before and their answer never came whole: they may have been billed."""

    lines: Sequence[SampleLine] = ()
    is_by_itself: bool = False
    n_missing: int = 0
    n_lost: int = 0
    usd: float | None = 0.0


class _Ask(NamedTuple):
    model: str
    prompt: HeldOutPrompt


class _Known(NamedTuple):
    record: JobRecord
    steps: Mapping[str, int]
    events: Sequence[JobEvent]
    checkpoints: Sequence[Checkpoint]
    asked: Mapping[str, Sequence[Sample]]
    sent: set[tuple[str, str]]
    path: Path | None


class JobSamples:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project, providers: Providers) -> None:
        self._project, self._providers = project, providers
        self._prompts: dict[str, list[HeldOutPrompt]] = {}

    async def sheet(self, local_id: str) -> SampleSheet:
        """All answers there are, and what the missing ones cost. Asks nobody."""
        known = await self._project.in_ledger(lambda ledger: _known(ledger, local_id))
        prompts = await self._prompts_of(known)
        told = {0: _told_before(known.events)} | {
            one.step_number: list(one.samples) for one in known.checkpoints
        }
        for model, samples in known.asked.items():
            told.setdefault(known.steps.get(model, 0), []).extend(samples)
        lines = _lines(told, {_asked_text(one): one.reference for one in prompts})
        if self._answers_by_itself(known.record):
            return SampleSheet(lines=lines, is_by_itself=True)
        missing = _missing(known, prompts)
        usd = await self._usd(known.record, missing)
        n_lost = sum((one.model, _asked_text(one.prompt)) in known.sent for one in missing)
        return SampleSheet(lines=lines, n_missing=len(missing), n_lost=n_lost, usd=usd)

    async def ask(self, local_id: str) -> None:
        """Ask for what is missing, one after another; each answer is kept as it comes.

        That a question is sent is written down first, and it is sent once. Raises TunedeskError:
        the provider's, at the first that is not answered.
        """
        known = await self._project.in_ledger(lambda ledger: _known(ledger, local_id))
        for one in _missing(known, await self._prompts_of(known)):
            await self._ask(known.record, one)

    async def _ask(self, record: JobRecord, ask: _Ask) -> None:
        prompt, now_ms = _asked_text(ask.prompt), self._project.clock()
        which = record.local_id, ask.model, prompt
        await self._project.in_ledger(lambda ledger: ledger.note_sample_ask(*which, now_ms))
        answering = Answering(
            Contender(
                provider_id=record.provider_id, model=ask.model, label=ask.model, kind="tuned"
            )
        )
        request = ChatRequest(model=ask.model, messages=ask.prompt.messages, settings=_SETTINGS)
        await answering.run(self._providers, request, is_paid=True)
        problem = answering.problem
        if problem is not None and problem.code not in MAY_BE_PAID:
            await self._project.in_ledger(lambda ledger: ledger.forget_sample_ask(*which))
        if problem is not None:
            raise problem
        if answering.finish_reason is None:
            raise _cut_off(record.provider_id)
        samples = [Sample(prompt, answering.text)]
        await self._project.in_ledger(
            lambda ledger: ledger.add_samples(record.local_id, ask.model, samples)
        )

    def _answers_by_itself(self, record: JobRecord) -> bool:
        try:
            return self._providers.profile(record.provider_id).has_previews
        except TunedeskError:
            return False

    async def _prompts_of(self, known: _Known) -> list[HeldOutPrompt]:
        digest = known.record.held_out_digest or known.record.train_digest
        if digest not in self._prompts and known.path is not None:
            self._prompts[digest] = await self._project.background.run(_read, known.path)
        return self._prompts.get(digest, [])

    async def _usd(self, record: JobRecord, asks: Sequence[_Ask]) -> float | None:
        """What the missing answers cost at most, each as long as it may be."""
        if not asks:
            return 0.0
        try:
            profile = self._providers.profile(record.provider_id)
        except TunedeskError:
            return None
        counter = await self._project.tokens.counter()
        prices = await self._project.background.run(load_prices)
        total = 0.0
        for model, prompt in asks:
            price = price_for(prices, profile, record.base_model)
            if price is None:
                return None
            is_base = model == record.base_model
            usd = conversation_usd(
                counter.conversation(prompt.messages),
                MAX_TOKENS,
                price.base_usd_per_million_input_tokens
                if is_base
                else price.usd_per_million_input_tokens,
                price.base_usd_per_million_output_tokens
                if is_base
                else price.usd_per_million_output_tokens,
            )
            if usd is None:
                return None
            total += usd
        return total


def _known(ledger: Ledger, local_id: str) -> _Known:
    record, checkpoints = ledger.job(local_id), ledger.checkpoints(local_id)
    steps = {record.base_model: 0} | {one.model: one.step_number for one in checkpoints}
    state = record.state
    if state is not None and state.fine_tuned_model and not checkpoints:
        steps[state.fine_tuned_model] = AT_THE_END
    snapshot = ledger.snapshot(record.held_out_digest or record.train_digest)
    return _Known(
        record=record,
        steps=steps,
        events=ledger.events(local_id),
        checkpoints=checkpoints,
        asked=ledger.asked_samples(local_id),
        sent=ledger.sample_asks(local_id),
        path=snapshot.path if snapshot is not None else None,
    )


def _cut_off(provider_id: str) -> TunedeskError:
    return TunedeskError(
        "cut_off",
        "An answer was cut off.",
        f"{provider_id} stopped without saying that it was finished; it may have been billed.",
        "Ask once more if you want it all the same.",
    )


def _missing(known: _Known, prompts: Sequence[HeldOutPrompt]) -> list[_Ask]:
    """Of nobody before there is something to set beside the base."""
    if len(known.steps) < 2:
        return []
    asked = {(model, sample.prompt) for model, samples in known.asked.items() for sample in samples}
    return [
        _Ask(model, prompt)
        for model in sorted(known.steps, key=known.steps.__getitem__)
        for prompt in prompts[:N_PROMPTS]
        if (model, _asked_text(prompt)) not in asked
    ]


def _told_before(events: Iterable[JobEvent]) -> list[Sample]:
    """What the base answered before training, from the engine's event."""
    return [
        sample
        for event in events
        if event.data and event.data.get("step") == 0
        for sample in samples_of(event.data.get("samples"))
    ]


def _lines(told: Mapping[int, Sequence[Sample]], references: Mapping[str, str]) -> list[SampleLine]:
    answers: dict[str, dict[int, str]] = {}
    for step in sorted(told):
        for sample in told[step]:
            answers.setdefault(sample.prompt, {})[step] = sample.answer
    return [
        SampleLine(
            prompt=prompt,
            reference=references.get(prompt, ""),
            answers=[SampleAnswer(step, text) for step, text in by_step.items()],
        )
        for prompt, by_step in answers.items()
    ]


def _read(path: Path) -> list[HeldOutPrompt]:
    """The first rows of a snapshot as questions; none where the file is gone."""
    found: dict[str, HeldOutPrompt] = {}
    try:
        with path.open("rb") as stream:
            for raw in islice(stream, _LOOKED_AT):
                try:
                    messages, reference = prompt_messages(raw), reference_reply(raw)
                except RowError:
                    continue
                if messages:
                    one = HeldOutPrompt(
                        messages=[as_asked(message) for message in messages],
                        reference=reference,
                        digest="",
                    )
                    found.setdefault(_asked_text(one), one)
    except OSError:
        return []
    return list(found.values())


def _asked_text(prompt: HeldOutPrompt) -> str:
    """The last thing that was asked, by which an engine of ours calls a prompt."""
    asked = [text_of(one) for one in prompt.messages if role_of(one) == "user"]
    return asked[-1] if asked else ""
