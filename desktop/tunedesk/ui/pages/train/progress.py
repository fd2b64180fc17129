"""How far a job is, worked out from what the ledger holds. No Qt, no clock of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any

import msgspec

from tunedesk.core.auto import Resolved, ResolvedDpo, resolve, resolve_dpo
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters, JobEvent
from tunedesk.core.pace import longest_worked_s
from tunedesk.services.train.training import NOT_STARTED, SETTLED, FineTunePlan, JobRecord, JobView

_TRAINING_STATUSES = frozenset({"running", "pausing", "paused"})
_QUEUED_STATUSES = frozenset({"validating_files", "queued"})
_WAITING_STATUSES = frozenset({"queued", "pausing", "paused"})
_MIN_STEPS_FOR_ESTIMATE = 2
_STEPS_OF_PACE = 100
DEFAULT_SEED = 42


class Stage(IntEnum):
    """The stations of a job in their order; a job stands at one of them."""

    CHECKED = 0
    UPLOADED = 1
    QUEUED = 2
    TRAINING = 3
    READY = 4


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a job stands. `left_s` is None when nothing honest can be said."""

    stage: Stage
    is_over: bool
    step: int
    total_steps: int
    elapsed_s: float
    left_s: float | None = None

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, 0 to 1; 1 only for a model that is ready."""
        if self.stage is Stage.READY:
            return 1.0
        return share_done(self.step, self.total_steps)


def share_done(step: int, total_steps: int) -> float:
    """Of a job that is not over, 0 to 0.99."""
    return min(step / total_steps, 0.99) if total_steps else 0.0


def is_settled(view: JobView) -> bool:
    """Nothing more will happen to this job."""
    return view.record.status in SETTLED


def is_without_test_rows(view: JobView) -> bool:
    """Of a job that was saved from its provider nobody knows, but by a curve."""
    return not (view.record.n_held_out or view.record.is_saved or view.curve.held_out)


def progress_of(view: JobView, now_ms: int) -> Progress:
    """Progress of `view` at `now_ms` (Unix milliseconds)."""
    step = max((n for n, _ in view.curve.train), default=0)
    is_over = is_settled(view)
    return Progress(
        stage=_stage(view, step),
        is_over=is_over,
        step=step,
        total_steps=view.curve.total_steps,
        elapsed_s=_elapsed_s(view, now_ms),
        left_s=None if is_over else _left_s(view, now_ms),
    )


def _stage(view: JobView, step: int) -> Stage:
    status = view.record.status
    if status == "succeeded":
        return Stage.READY
    if step or status in _TRAINING_STATUSES:
        return Stage.TRAINING
    if status in _QUEUED_STATUSES or view.record.remote_id:
        return Stage.QUEUED
    return Stage.UPLOADED


def _elapsed_s(view: JobView, now_ms: int) -> float:
    record = view.record
    if record.status == NOT_STARTED:
        return 0
    since_ms = record.started_at_ms or record.created_at_ms
    until_ms = record.finished_at_ms if record.finished_at_ms and is_settled(view) else now_ms
    return max(0, until_ms - since_ms) / 1000


def _left_s(view: JobView, now_ms: int) -> float | None:
    """By the pace of the last steps; else by what the provider says; else, and while it waits or
    cannot be followed, unknown."""
    if view.record.status in _WAITING_STATUSES or view.record.error:
        return None
    paced = _left_by_pace_s(view, now_ms)
    if paced is not None:
        return paced
    state = view.record.state
    if state is not None and state.estimated_finish_s:
        return max(0.0, state.estimated_finish_s - now_ms / 1000)
    return None


def _left_by_pace_s(view: JobView, now_ms: int) -> float | None:
    times = _last_step_times(view.events)
    if len(times) < _MIN_STEPS_FOR_ESTIMATE or not view.curve.total_steps:
        return None
    last = max(times)
    heard_s = max(times[last], view.events[-1].created_at_s)  # as that it goes on after a pause
    since_last_s = max(0.0, now_ms / 1000 - heard_s)
    return max(0.0, (view.curve.total_steps - last) * _step_s(times) - since_last_s)


def _last_step_times(events: Sequence[JobEvent]) -> dict[int, int]:
    """Of the last steps that were made, each one's time (Unix seconds)."""
    times: dict[int, int] = {}
    for event in reversed(events):
        step = event.data.get("step") if event.type == "metrics" and event.data else None
        if isinstance(step, int) and step > 0:  # 0 is the look at the base, with its answers
            times.setdefault(step, event.created_at_s)
            if len(times) == _STEPS_OF_PACE:
                break
    return times


def _step_s(times: Mapping[int, int]) -> float:
    """Seconds a step, without those that a job spent waiting, as while it was paused."""
    steps = sorted(times)
    gaps = [((times[b] - times[a]) / (b - a), b - a) for a, b in pairwise(steps)]
    limit_s = longest_worked_s([gap_s for gap_s, _ in gaps])
    worked = [(s, n) for s, n in gaps if s <= limit_s] or gaps
    return sum(s * n for s, n in worked) / sum(n for _, n in worked)


def settings_of(view: JobView) -> Mapping[str, tuple[str, bool]]:
    """Hyperparameter name → (its value as text, whether it was chosen by itself; of a job that was
    saved from its provider nobody knows)."""
    asked = asked_hyperparameters(view.record.request)
    state = view.record.state
    told = state.hyperparameters if state is not None else Hyperparameters()
    n_train = view.record.n_train
    worked_out: Resolved | ResolvedDpo = resolve(asked, n_train)
    if isinstance(asked, DpoHyperparameters):
        worked_out = resolve_dpo(asked, n_train)
    found: dict[str, tuple[str, bool]] = {}
    for name in ("n_epochs", "batch_size", "learning_rate_multiplier"):
        value = getattr(told, name)
        if value == "auto" and view.is_free:
            value = getattr(worked_out, name)  # our engines' rule; others have their own
        is_auto = getattr(asked, name) == "auto" and value != "auto" and not view.record.is_saved
        found[name] = (str(value), is_auto)
    if isinstance(asked, DpoHyperparameters):
        beta = state.beta if state is not None else None
        found["beta"] = (str(beta or resolve_dpo(asked, 1).beta), asked.beta == "auto")
    return found


def asked_hyperparameters(request: Mapping[str, Any]) -> Hyperparameters:
    """What a stored request asked for, in either of the places providers want it."""
    method = request.get("method")
    kind = asked_method(request)
    inner: Any = method.get(kind) if isinstance(method, Mapping) else None
    found = inner.get("hyperparameters") if isinstance(inner, Mapping) else None
    raw = found or request.get("hyperparameters") or {}
    numbers = DpoHyperparameters if kind == "dpo" else Hyperparameters
    try:
        return msgspec.convert(raw, numbers)
    except msgspec.ValidationError:
        return numbers()


def asked_method(request: Mapping[str, Any]) -> str:
    """The method's name on the wire; "supervised" where none is told."""
    method = request.get("method")
    kind = method.get("type") if isinstance(method, Mapping) else None
    return kind if isinstance(kind, str) and kind else "supervised"


def plan_of(view: JobView) -> FineTunePlan:
    """What was asked for, to be asked for again with changes."""
    record = view.record
    seed = record.request.get("seed")
    return FineTunePlan(
        name=record.name,
        provider_id=record.provider_id,
        base_model=record.base_model,
        hyperparameters=asked_hyperparameters(record.request),
        seed=seed if isinstance(seed, int) else DEFAULT_SEED,
    )


def epoch_ends(view: JobView) -> list[int]:
    """The step at which each epoch ends; empty before the numbers of steps and of epochs are known:
    a provider that chooses the epochs says "auto" until it has."""
    total, told = view.curve.total_steps, settings_of(view)["n_epochs"][0]
    n_epochs = int(told) if told.isdecimal() else 0
    if not 1 <= n_epochs <= total:
        return []
    return [round(total * n / n_epochs) for n in range(1, n_epochs + 1)]


def job_before(job: JobRecord, jobs: Sequence[JobRecord]) -> JobRecord | None:
    """The job that a waiting one comes after, where one is trained after another; one that was
    paused goes on after the one that runs."""
    if job.status not in _QUEUED_STATUSES:
        return None
    ahead = [
        one
        for one in jobs
        if one.provider_id == job.provider_id
        and one.status in _QUEUED_STATUSES | {"running", "pausing"}
        and (one.created_at_ms < job.created_at_ms or one.status == "running")
        and one is not job
    ]
    return max(ahead, key=lambda one: one.created_at_ms, default=None)
