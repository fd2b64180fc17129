"""Curves from events of every kind of provider, and what they say."""

from __future__ import annotations

from typing import Any

import pytest

from tunedesk.core.curves import Curve, Points, ReadingCode, curve_of, reading
from tunedesk.core.jobs import JobEvent


def metrics(step: int, **data: Any) -> JobEvent:
    return event("metrics", type="metrics", data={"step": step, "total_steps": 33, **data})


def event(message: str, **keys: Any) -> JobEvent:
    return JobEvent(id="e", created_at_s=1, level="info", message=message, **keys)


def test_curve_of_metrics_in_any_order() -> None:
    curve = curve_of(
        [
            metrics(2, train_loss=3.0, train_mean_token_accuracy=0.5),
            event("Step 2/33: training loss=9.9"),
            metrics(1, train_loss=4, train_mean_token_accuracy=0.4),
            metrics(11, train_loss=2.0, full_valid_loss=2.9, full_valid_mean_token_accuracy=0.6),
        ]
    )
    assert curve.train == [(1, 4.0), (2, 3.0), (11, 2.0)]
    assert curve.held_out == [(11, 2.9)]
    assert curve.train_accuracy == [(1, 0.4), (2, 0.5)]
    assert curve.held_out_accuracy == [(11, 0.6)]
    assert curve.total_steps == 33


def test_losses_over_all_held_out_rows_win() -> None:
    events = [metrics(1, valid_loss=5.0), metrics(2, valid_loss=1.0, full_valid_loss=3.0)]
    assert curve_of(events).held_out == [(2, 3.0)]
    assert curve_of(events[:1]).held_out == [(1, 5.0)]


def test_the_same_step_counts_once() -> None:
    assert curve_of([metrics(1, train_loss=4.0), metrics(1, train_loss=3.0)]).train == [(1, 3.0)]


@pytest.mark.parametrize("value", [None, "3.1", True, float("nan"), float("inf"), 10**400, [], {}])
def test_odd_values_are_left_out(value: Any) -> None:
    curve = curve_of([metrics(1, train_loss=value), metrics(2, train_loss=3.0)])
    assert curve.train == [(2, 3.0)]
    assert curve_of([metrics(value, train_loss=1.0)]).train == []


def test_curve_from_the_step_texts() -> None:
    curve = curve_of(
        [
            event("Created fine-tuning job: ftjob-1"),
            event("Step 3/33: training loss=3.1"),
            event("Step 11/33: training loss=2.5, validation loss=2.9"),
            event("Step 22/33: training loss=1e-1, validation loss=2.7, full validation loss=2.8"),
        ]
    )
    assert curve.train == [(3, 3.1), (11, 2.5), (22, 0.1)]
    assert curve.held_out == [(22, 2.8)]
    assert curve.total_steps == 33


def test_step_text_with_held_out_batches_only() -> None:
    curve = curve_of([event("Step 10/20: training loss=0.15, validation loss=0.27")])
    assert curve.held_out == [(10, 0.27)]


def test_no_events_are_an_empty_curve() -> None:
    assert curve_of([]) == Curve()
    assert curve_of([event("Step aside, 3/4 done"), metrics(0)]).train == []


@pytest.mark.parametrize(
    ("losses", "code", "step"),
    [
        ([2.95], ReadingCode.TOO_EARLY, 10),
        ([2.95, 2.85], ReadingCode.STILL_FALLING, 20),
        ([2.95, 2.85, 2.94], ReadingCode.TURNED_UP, 20),
        ([2.95, 2.85, 2.90], ReadingCode.FLAT, 20),
        ([2.95, 2.85, 2.84], ReadingCode.FLAT, 30),
        ([2.95, 2.85, 2.85], ReadingCode.FLAT, 20),
        ([2.89, 3.29, 3.00], ReadingCode.TURNED_UP, 10),
        ([0.0, 0.0], ReadingCode.FLAT, 10),
    ],
)
def test_reading_of_the_held_out_loss(losses: list[float], code: ReadingCode, step: int) -> None:
    points: Points = [(10 * (i + 1), loss) for i, loss in enumerate(losses)]
    found = reading(Curve(held_out=points))
    assert (found.code, found.step) == (code, step)


def test_reading_without_held_out_rows() -> None:
    assert reading(Curve(train=[(i, 3.0) for i in range(4)])).code is ReadingCode.TOO_EARLY
    assert reading(Curve(train=[(i, 3.0) for i in range(5)])).code is ReadingCode.NO_HELD_OUT


def test_the_untouched_models_held_out_loss_is_the_curves_step_0() -> None:
    events = [
        JobEvent(
            id=f"e{step}", created_at_s=step, level="info", message="", type="metrics", data=data
        )
        for step, data in enumerate(
            [
                {"step": 0, "total_steps": 2, "full_valid_loss": 3.9},
                {"step": 1, "total_steps": 2, "train_loss": 3.7},
                {"step": 2, "total_steps": 2, "train_loss": 3.1, "full_valid_loss": 2.9},
                {"total_steps": 2, "full_valid_loss": 1.0},
            ]
        )
    ]
    curve = curve_of(events)
    assert curve.held_out == [(0, 3.9), (2, 2.9)]
    assert curve.train == [(1, 3.7), (2, 3.1)]
    assert reading(curve).code is ReadingCode.STILL_FALLING
