"""How far a job is: the sums behind the strip, without a window."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.support.scripted_training import STARTED_MS, falling, job, step_event
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.ui.pages.train.progress import (
    Stage,
    asked_hyperparameters,
    epoch_ends,
    progress_of,
    settings_of,
)
from tunedesk.ui.widgets.job_words import model_name
from tunedesk.ui.widgets.ticks import tick_text, ticks_over, whole_ticks_between


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("smollm2-135m-instruct", "SmolLM2-135M-Instruct"),
        ("ft:smollm2-135m-instruct:tunedesk:marv:3vnk", "marv"),
        ("ft:smollm2-135m-instruct:tunedesk:marv:3vnk:ckpt-step-33", "marv · step 33"),
        ("ft:gpt-4.1-mini:org::abc", "ft:gpt-4.1-mini:org::abc"),
        ("llama-1b", "llama-1b"),
    ],
)
def test_a_model_is_called_by_its_name(model: str, name: str) -> None:
    assert model_name(model) == name


@pytest.mark.parametrize(
    ("status", "steps", "stage"),
    [
        ("intent", 0, Stage.QUEUED),
        ("validating_files", 0, Stage.QUEUED),
        ("queued", 0, Stage.QUEUED),
        ("running", 0, Stage.TRAINING),
        ("running", 4, Stage.TRAINING),
        ("compressing", 4, Stage.TRAINING),
        ("failed", 0, Stage.QUEUED),
        ("cancelled", 4, Stage.TRAINING),
        ("succeeded", 33, Stage.READY),
    ],
)
def test_a_status_has_its_station(status: str, steps: int, stage: Stage) -> None:
    assert progress_of(job("j", status, falling(steps)), STARTED_MS).stage is stage


def test_a_job_that_is_not_ready_is_never_at_one_hundred_percent() -> None:
    done = progress_of(job("j", "running", falling(33)), STARTED_MS + 40_000)
    assert done.fraction == 0.99
    assert progress_of(job("j", "succeeded", falling(33)), STARTED_MS).fraction == 1.0


def test_time_left_follows_the_pace_and_shrinks_between_steps() -> None:
    view = job("j", "running", falling(11))
    at_step, later = (progress_of(view, STARTED_MS + s * 1000).left_s for s in (11, 16))
    assert (at_step, later) == (22.0, 17.0)
    base = msgspec.structs.replace(step_event(0, 33, 4.0), created_at_s=STARTED_MS // 1000 - 18)
    view = job("j", "running", [base, *falling(11)])
    assert progress_of(view, STARTED_MS + 11_000).left_s == 22.0, "looking at the base is no step"
    assert progress_of(view, STARTED_MS + 900_000).left_s == 0.0


def test_what_was_waited_for_does_not_slow_the_pace() -> None:
    events = falling(22)
    later = [msgspec.structs.replace(one, created_at_s=one.created_at_s + 3600) for one in events]
    view = job("j", "running", events[:11] + later[11:])
    assert progress_of(view, STARTED_MS + 3_622_000).left_s == 11.0
    goes_on = msgspec.structs.replace(later[11], type="message", data=None)
    view = job("j", "running", [*events[:11], goes_on])
    assert progress_of(view, STARTED_MS + 3_613_000).left_s == 21.0
    last = msgspec.structs.replace(events[4], created_at_s=10**10)
    few = [events[0], events[1], later[2], later[3], last]  # half of their gaps were waits
    view = job("j", "running", few)
    assert progress_of(view, 10**13).left_s == 28.0


def test_nothing_is_promised_after_one_step() -> None:
    assert progress_of(job("j", "running", falling(1)), STARTED_MS).left_s is None


def test_epochs_end_where_they_end() -> None:
    assert epoch_ends(job("j", "running", falling(2))) == [11, 22, 33]
    assert epoch_ends(job("j", "queued")) == []


@pytest.mark.parametrize("told", ["auto", 10**9, 2.5])
def test_epochs_that_a_provider_has_not_told_or_that_cannot_be_have_no_ends(told: object) -> None:
    view = job("j", "running", falling(2))
    assert view.record.state is not None
    numbers: Any = Hyperparameters(n_epochs=told)  # type: ignore[arg-type]
    state = msgspec.structs.replace(view.record.state, hyperparameters=numbers)
    record = msgspec.structs.replace(view.record, state=state)
    assert epoch_ends(msgspec.structs.replace(view, record=record, is_free=False)) == []


@pytest.mark.parametrize(
    "request_body",
    [
        {"hyperparameters": {"n_epochs": 5}},
        {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 5}}}},
    ],
)
def test_hyperparameters_are_found_in_either_place(request_body: dict[str, object]) -> None:
    assert asked_hyperparameters(request_body) == Hyperparameters(n_epochs=5)


def test_preferences_have_a_beta() -> None:
    asked = {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.3}}}}
    assert asked_hyperparameters(asked) == DpoHyperparameters(beta=0.3)
    view = job("j", "running")
    record = msgspec.structs.replace(view.record, request=asked)
    settings = settings_of(msgspec.structs.replace(view, record=record))
    assert settings["beta"] == ("0.3", False)
    auto = msgspec.structs.replace(record, request={"method": {"type": "dpo"}})
    settings = settings_of(msgspec.structs.replace(view, record=auto))
    assert settings["beta"] == ("0.1", True)
    assert "beta" not in settings_of(view)


@pytest.mark.parametrize("request_body", [{}, {"method": None}, {"hyperparameters": "odd"}])
def test_a_request_without_them_means_auto(request_body: dict[str, object]) -> None:
    assert asked_hyperparameters(request_body) == Hyperparameters()


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (3.4, ["0", "1", "2", "3", "4"]),
        (1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.9, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (1.1, ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        (12, ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]),
    ],
)
def test_axis_numbers_are_round(top: float, ticks: list[str]) -> None:
    values = ticks_over(top)
    assert [tick_text(value, values[1]) for value in values] == ticks


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (33, [0, 10, 20, 30]),
        (3, [0, 1, 2, 3]),
        (300, [0, 50, 100, 150, 200, 250, 300]),
        (1, [0, 1]),
    ],
)
def test_steps_are_whole(top: int, ticks: list[int]) -> None:
    assert whole_ticks_between(0, top) == ticks
