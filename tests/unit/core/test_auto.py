"""What "auto" becomes, and the estimate of the time."""

from __future__ import annotations

import pytest

from tunedesk.core.auto import (
    Resolved,
    dpo_learning_rate,
    local_seconds,
    n_steps,
    resolve,
    resolve_dpo,
)
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters

AUTO = Hyperparameters()


@pytest.mark.parametrize(
    ("n_rows", "epochs", "batch", "steps"),
    [
        (1, 10, 4, 10),
        (10, 10, 4, 30),
        (13, 10, 4, 40),
        (44, 3, 4, 33),
        (130, 1, 4, 33),
        (199, 1, 4, 50),
        (200, 1, 8, 25),
        (10_000, 1, 8, 1_250),
    ],
)
def test_auto_by_number_of_rows(n_rows: int, epochs: int, batch: int, steps: int) -> None:
    resolved = resolve(AUTO, n_rows)
    assert (resolved.n_epochs, resolved.batch_size) == (epochs, batch)
    assert resolved.learning_rate == pytest.approx(1e-3)
    assert n_steps(n_rows, resolved) == steps


def test_what_was_set_is_kept() -> None:
    wanted = Hyperparameters(n_epochs=5, batch_size=3, learning_rate_multiplier=0.5)
    resolved = resolve(wanted, 44)
    assert resolved == Resolved(n_epochs=5, batch_size=3, learning_rate_multiplier=0.5)
    assert resolved.learning_rate == pytest.approx(5e-4)
    assert n_steps(44, resolved) == 75


def test_no_rows_are_no_steps_and_no_time() -> None:
    assert n_steps(0, resolve(AUTO, 0)) == 0
    assert local_seconds(0) == 0


def test_estimate_meets_what_was_measured() -> None:
    per_step = (local_seconds(101) - local_seconds(1)) / 100
    assert per_step == pytest.approx(0.9, rel=0.02)
    assert (local_seconds(101, 8) - local_seconds(1, 8)) / 100 == pytest.approx(1.57, rel=0.05)
    assert 30 < local_seconds(33) < 60


def test_longer_rows_take_longer() -> None:
    assert local_seconds(33, mean_row_tokens=200) > 2 * local_seconds(33)


def test_auto_of_preferences() -> None:
    resolved = resolve_dpo(DpoHyperparameters(), 18)
    assert (resolved.n_epochs, resolved.batch_size, resolved.beta) == (2, 4, 0.1)
    assert n_steps(18, resolved) == 10
    assert dpo_learning_rate(resolved, is_tuned=True) == pytest.approx(1e-4)
    assert dpo_learning_rate(resolved, is_tuned=False) == pytest.approx(2e-4)


def test_what_was_set_for_preferences_is_kept() -> None:
    asked = DpoHyperparameters(n_epochs=3, batch_size=1, learning_rate_multiplier=0.5, beta=0.3)
    resolved = resolve_dpo(asked, 18)
    assert (resolved.n_epochs, resolved.batch_size, resolved.beta) == (3, 1, 0.3)
    assert dpo_learning_rate(resolved, is_tuned=True) == pytest.approx(5e-5)
