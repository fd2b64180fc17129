"""Train again on…: a saved job's data and settings, made into a plan for a model that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple, TypedDict

from tunedesk.core.base_choice import Candidate
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Auto, DpoHyperparameters, Hyperparameters, JobState
from tunedesk.core.nearest_base import MUCH_SMALLER, lasts, nearest, strength_of
from tunedesk.core.retirement import RetirementTable, base_of, told_end
from tunedesk.providers.profiles import Profile
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.rescue.again_data import AgainData, data_for
from tunedesk.services.rescue.again_types import AgainPlan, Difference
from tunedesk.services.rescue.importing import archive_of, saved_ends
from tunedesk.services.train.base_choosing import load_candidates
from tunedesk.services.train.plan_checks import BOUNDS
from tunedesk.store.records import JobRecord

_MAX_NAME = 64
_SEED = 42


class _Place(NamedTuple):
    """Where to train, and on what."""

    profile: Profile
    model: str
    candidate: Candidate | None


class _Numbers(TypedDict):
    n_epochs: int | Auto
    batch_size: int | Auto
    learning_rate_multiplier: float | Auto


class Again:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(
        self, project: Project, providers: Providers, today: Callable[[], date] = date.today
    ) -> None:
        self._project, self._providers, self._today = project, providers, today

    async def saved_jobs(self, provider_id: str) -> list[JobRecord]:
        """The jobs that were saved from a provider, newest first."""
        jobs = await self._project.in_ledger(lambda ledger: ledger.jobs())
        return [job for job in jobs if job.is_saved and job.provider_id == provider_id]

    async def plan(self, local_id: str) -> AgainPlan:
        """The plan, with its dataset in the project. Asks nobody.

        Raises TunedeskError: "again.no_data" if the training file was not saved, or as files and
        ledger do. KeyError for an unknown job.
        """
        record = await self._project.in_ledger(lambda ledger: ledger.job(local_id))
        state = record.state
        if state is None:
            raise KeyError(local_id)
        was = self._providers.book.get(record.provider_id)  # None: taken out of Settings
        data = await data_for(self._project, record.provider_id, state)
        archive = archive_of(self._project, record.provider_id)
        told = await self._project.background.run(saved_ends, archive)
        place = await self._project.background.run(self._place, was, state.model, told)
        asked, changes = _settings(state, was, place, data.method)
        return AgainPlan(
            name=record.name[:_MAX_NAME],
            dataset=data.info,
            provider_id=place.profile.id,
            base_model=place.model,
            hyperparameters=asked,
            seed=state.seed if state.seed is not None and 0 <= state.seed < 2**31 else _SEED,
            differences=[*_of_base(state, place), *changes, *_of_data(data)],
        )

    def _place(self, was: Profile | None, model: str, told: Mapping[str, str | None]) -> _Place:
        """The same model where it was, if it lasts there; else the nearest that can be had now.
        `told`: what the provider itself said of ends."""
        candidates, table = load_candidates().models, read_table(RetirementTable)
        base, today = base_of(model), self._today()
        trainers = [one for one in self._providers.profiles() if one.trains]
        if was in trainers and lasts(base, _known_as(was), table, today, told_end(told, base)):
            return _Place(was, model, None)
        profiles = {_known_as(one): one for one in reversed(trainers)}
        offered = [one for one in candidates if one.model and one.provider in profiles]
        found = nearest(base, candidates, offered, table, today)
        if found is None:
            raise _nowhere()
        return _Place(profiles[found.provider], found.model, found)


def _known_as(profile: Profile) -> str:
    """What the tables call it."""
    return profile.preset or profile.id


def _of_base(state: JobState, place: _Place) -> Iterator[Difference]:
    now = place.candidate
    if now is None:
        return
    args = {"was": base_of(state.model), "now": place.profile.model_label(place.model)}
    yield Difference(code="base", args=args | {"place": place.profile.name})
    if strength_of(state.model, load_candidates().models) - now.strength >= MUCH_SMALLER:
        yield Difference(code="smaller")
    if not now.speaks_other_languages:
        yield Difference(code="english_only")


def _settings(
    state: JobState, was: Profile | None, place: _Place, method: str
) -> tuple[Hyperparameters, list[Difference]]:
    """Its numbers, inside the bounds; a learning rate only where it means the same."""
    asked, found = state.hyperparameters, []
    n_epochs, changes = _bounded("n_epochs", asked.n_epochs)
    found += changes
    batch_size, changes = _bounded("batch_size", asked.batch_size)
    found += changes
    rate = asked.learning_rate_multiplier
    kind = was.learning_rate if was is not None else "factor"
    if rate != "auto" and kind != place.profile.learning_rate:
        rate = "auto"
        found.append(Difference(code="rate_left_out"))
    elif rate != "auto" and place.candidate is not None:
        found.append(Difference(code="rate_means_another"))
    numbers: _Numbers = {
        "n_epochs": n_epochs,
        "batch_size": batch_size,
        "learning_rate_multiplier": rate,
    }
    if method == "dpo":
        beta: float | Auto = "auto" if state.beta is None else state.beta
        return DpoHyperparameters(beta=beta, **numbers), found
    return Hyperparameters(**numbers), found


def _bounded(field: str, value: int | Auto) -> tuple[int | Auto, list[Difference]]:
    if value == "auto":
        return value, []
    low, high = BOUNDS[field]
    now = int(min(max(value, low), high))
    if now == value:
        return now, []
    return now, [Difference(code="bounded", args={"field": field, "was": value, "now": now})]


def _of_data(data: AgainData) -> Iterator[Difference]:
    if data.method not in ("", "dpo"):
        yield Difference(code="not_supervised", args={"method": data.method})
    if not data.has_test:
        yield Difference(code="no_test")
    if data.n_in_both:
        yield Difference(code="in_both", args={"n": data.n_in_both})


def _nowhere() -> TunedeskError:
    return TunedeskError(
        "again.nowhere",
        "There is nowhere to train yet.",
        "No provider with fine-tuning is set up that lasts.",
        "Add one in Settings, or let the engine on this computer start.",
    )
