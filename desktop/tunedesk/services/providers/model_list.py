"""Every model of every provider that can be asked, with what this project knows of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, ModelInfo
from tunedesk.core.model_limits import limit_of
from tunedesk.core.retirement import RetirementTable, days_left, end_of, told_end
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.frozen import contender_of, real_model
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.train.costing import load_prices
from tunedesk.services.train.costing_types import PriceTable
from tunedesk.services.train.price_lookup import price_for
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import FROZEN, JobRecord

SOON_DAYS = 90
"""A model that ends within so many days is ending soon."""


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the Models page shows it.

    `kind` is "base", "tuned", "checkpoint", or that of kept answers, which are `n_prompts`.
    `size_bytes` is what an engine's weights take on its disk, 0 where nobody says.
    `ends` is its last day, None where none is known; `is_end_told` says that its provider named
    the day, not our table. What a job of this project knows of it: `job_id` (ours), `n_rows` of
    `dataset` it learned from, `learned_at_ms`, `held_out_loss`, and the name a checkpoint is
    `kept_as`.
    `deployment` is the name it is asked by where that is another one.
    `usd_per_million_trained_tokens` is what training on it costs, None where that is unknown.
    """

    provider_id: str
    provider: str
    is_local: bool
    model: str
    label: str
    kind: str
    owner: str = ""
    ends: date | None = None
    is_end_told: bool = False
    days_left: int | None = None
    successor: str = ""
    context_tokens: int | None = None
    usd_per_million_trained_tokens: float | None = None
    size_bytes: int = 0
    job_id: str = ""
    dataset: str = ""
    n_rows: int = 0
    learned_at_ms: int | None = None
    step: int | None = None
    held_out_loss: float | None = None
    is_best: bool = False
    kept_as: str = ""
    n_prompts: int = 0
    deployment: str = ""

    @property
    def is_frozen(self) -> bool:
        """Whether these are kept answers."""
        return self.kind == FROZEN

    @property
    def is_ending(self) -> bool:
        """Whether it ends soon, or has ended."""
        return self.days_left is not None and self.days_left <= SOON_DAYS

    @property
    def has_ended(self) -> bool:
        """Whether its last day is over."""
        return self.days_left is not None and self.days_left < 0


class ModelsFound(msgspec.Struct, frozen=True, kw_only=True):
    """`problems`: those who could not be asked, by name. `ends`: the table of ends."""

    rows: Sequence[ModelRow]
    problems: Mapping[str, TunedeskError]
    ends: RetirementTable


class _Origin(NamedTuple):
    """The job that made a model, and the checkpoint it is, if it is one."""

    job: JobRecord
    checkpoint: Checkpoint | None
    is_best: bool
    kept_as: str = ""
    dataset: str = ""


class ModelList:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(
        self, project: Project, providers: Providers, today: Callable[[], date] = date.today
    ) -> None:
        self._project, self._providers, self._today = project, providers, today

    async def load(self) -> ModelsFound:
        """Ask every provider at once. Never raises for one of them: its error is in the answer.

        Models of this computer come first, then by provider; below a base what was made of it.
        """
        origins = await self._project.in_ledger(_origins)
        table, prices = await self._project.background.run(_tables)
        profiles = self._providers.profiles()
        answers = await asyncio.gather(*map(self._providers.models_of, profiles))
        rows: list[ModelRow] = []
        problems: dict[str, TunedeskError] = {}
        for profile, answer in zip(profiles, answers, strict=True):
            if isinstance(answer, TunedeskError):
                problems[profile.name] = answer
                continue
            told = {model.id: model.shutdown_date for model in answer}
            of = _Rows(profile, origins, table, prices, told, self._today())
            rows += of.listed(answer)
        rows += await self._project.in_ledger(_frozen)
        return ModelsFound(rows=rows, problems=problems, ends=table)

    async def delete(self, row: ModelRow) -> None:
        """Delete a tuned model or checkpoint at its provider, for good; of kept answers, these.

        Raises TunedeskError.
        """
        if row.is_frozen:
            key = row.provider_id, real_model(row.model)
            await self._project.in_ledger(lambda ledger: ledger.remove_frozen(*key))
            return
        provider = await self._providers.get(row.provider_id)
        await provider.delete_model(row.model)


class _Rows:
    """The rows of one provider."""

    def __init__(
        self,
        profile: Profile,
        origins: Mapping[tuple[str, str], _Origin],
        table: RetirementTable,
        prices: PriceTable,
        told: Mapping[str, str | None],
        today: date,
    ) -> None:
        """`told`: the ends that the provider names itself, by model."""
        self._profile, self._origins, self._table = profile, origins, table
        self._prices, self._told, self._today = prices, told, today
        self._known_as = profile.preset or profile.id  # what the tables call it

    def listed(self, models: Sequence[ModelInfo]) -> list[ModelRow]:
        """Those the provider lists, and checkpoints of this project that it does not list.

        An engine of ours lists everything it has; OpenAI leaves checkpoints out.
        """
        found = list(models)
        if not self._profile.has_previews:
            known = {model.id for model in models}
            found += [
                ModelInfo(
                    id=model,
                    owned_by="",
                    created_at_s=origin.checkpoint.created_at_s,
                    kind="checkpoint",
                )
                for (provider_id, model), origin in self._origins.items()
                if provider_id == self._profile.id and model not in known and origin.checkpoint
            ]
        found.sort(key=lambda model: (model.kind != "base", -self._learned_s(model), model.id))
        return [self._row(model) for model in found]

    def _learned_s(self, model: ModelInfo) -> int:
        """Models of one job stay together: the job's time, else the model's own."""
        if model.kind == "base":
            return 0
        origin = self._origins.get((self._profile.id, model.id))
        return origin.job.created_at_ms // 1000 if origin else model.created_at_s

    def _row(self, model: ModelInfo) -> ModelRow:
        told = told_end(self._told, model.id)
        ends, is_told = end_of(told, model.id, self._known_as, self._table)
        known = self._table.of(model.id, self._known_as)
        origin = self._origins.get((self._profile.id, model.id))
        row = ModelRow(
            provider_id=self._profile.id,
            provider=self._profile.name,
            is_local=self._profile.is_local,
            model=model.id,
            label=self._label(model, origin),
            kind=model.kind,
            owner=model.owned_by,
            ends=ends,
            is_end_told=is_told,
            days_left=days_left(ends, self._today) if ends else None,
            successor=known.successor if known else "",
            size_bytes=model.size_bytes or 0,
            context_tokens=model.context_tokens or _known_limit(model.id),
            usd_per_million_trained_tokens=self._price(model.id),
            deployment=called if (called := self._profile.called(model.id)) != model.id else "",
        )
        return _with_origin(row, origin) if origin else row

    def _label(self, model: ModelInfo, origin: _Origin | None) -> str:
        if origin is None:
            return self._profile.model_label(model.id)
        if origin.checkpoint is None:
            return origin.job.name
        return origin.kept_as or f"{origin.job.name} · step {origin.checkpoint.step_number}"

    def _price(self, model: str) -> float | None:
        if self._profile.has_previews:
            return 0.0
        found = price_for(self._prices, self._profile, model)
        return found.usd_per_million_trained_tokens if found is not None else None


def _known_limit(model: str) -> int | None:
    """What a model of a known family reads, where its provider does not say."""
    limit = limit_of(model)
    return limit.limit_tokens if limit is not None else None


def _with_origin(row: ModelRow, origin: _Origin) -> ModelRow:
    job, checkpoint = origin.job, origin.checkpoint
    metrics = checkpoint.metrics if checkpoint else {}
    return msgspec.structs.replace(
        row,
        job_id=job.local_id,
        dataset=origin.dataset,
        n_rows=job.n_train,
        learned_at_ms=job.created_at_ms,
        step=checkpoint.step_number if checkpoint else None,
        held_out_loss=metrics.get("full_valid_loss", metrics.get("valid_loss")),
        is_best=origin.is_best,
        kept_as=origin.kept_as,
    )


def _origins(ledger: Ledger) -> dict[tuple[str, str], _Origin]:
    """Which job made which model; a job's model may be one of its checkpoints."""
    found: dict[tuple[str, str], _Origin] = {}
    for job in ledger.jobs():
        checkpoints = ledger.checkpoints(job.local_id)
        losses = {c.model: c.metrics.get("full_valid_loss") for c in checkpoints}
        known = {model: loss for model, loss in losses.items() if loss is not None}
        best = min(known, key=lambda model: known[model], default="")
        kept = ledger.kept_checkpoints(job.local_id)
        rows = ledger.snapshot(job.train_digest)
        dataset = rows.dataset if rows is not None else ""
        for checkpoint in checkpoints:
            model = checkpoint.model
            origin = _Origin(job, checkpoint, model == best, kept.get(model, ""), dataset)
            found[job.provider_id, model] = origin
        if job.state is not None and job.state.fine_tuned_model:
            found[job.provider_id, job.state.fine_tuned_model] = _Origin(
                job, None, False, dataset=dataset
            )
    return found


def _frozen(ledger: Ledger) -> list[ModelRow]:
    """Kept answers are a model of their own: it never ends."""
    found = []
    for frozen in ledger.frozen_models():
        asks = ledger.frozen_answers(frozen.provider_id, frozen.model)
        who = contender_of(frozen)
        row = ModelRow(
            provider_id=who.provider_id,
            provider=frozen.provider,
            is_local=False,
            model=who.model,
            label=frozen.label,
            kind=who.kind,
            learned_at_ms=max(ask.asked_at_ms for ask in asks),
            n_prompts=sum(ask.is_comparable for ask in asks),
        )
        found.append(row)
    return found


def _tables() -> tuple[RetirementTable, PriceTable]:
    return read_table(RetirementTable), load_prices()
