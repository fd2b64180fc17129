"""What "auto" means when this computer trains, and how long that takes.

The rules and the figures are those measured for the engine's base model (135M parameters, LoRA,
two CPU cores with bf16); a provider elsewhere resolves "auto" by itself.
"""

from __future__ import annotations

import math

import msgspec

from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters

BASE_LEARNING_RATE = 1e-3
MAX_AUTO_EPOCHS = 10
MEASURED_BILLIONS = 0.135

DPO_LEARNING_RATE = 1e-4  # from a tuned model
DPO_BASE_LEARNING_RATE = 2e-4  # from a base, with the likelihood of the preferred answers
DPO_BETA = 0.1
_DPO_EPOCHS = 2

_ROWS_WANTED = 130  # rows seen in all that teach a style: 44 rows, three times
_LARGER_BATCH_FROM_ROWS = 200

START_AND_END_S = 14.0  # loading, the held-out rows at each epoch, writing
_STEP_S = 0.2  # what a step costs however small it is
_ROW_TOKENS_S = 0.7 / (4 * 57)  # the rest of the measured 0.9 s: batch 4, rows of 57 tokens
MEASURED_ROW_TOKENS = 57.0


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Hyperparameters with every "auto" replaced by a number."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float

    @property
    def learning_rate(self) -> float:
        """The optimiser's peak rate."""
        return BASE_LEARNING_RATE * self.learning_rate_multiplier


def resolve(hyperparameters: Hyperparameters, n_rows: int) -> Resolved:
    """Numbers for a training set of `n_rows` rows; what the person set is kept as it is."""
    epochs = hyperparameters.n_epochs
    batch = hyperparameters.batch_size
    multiplier = hyperparameters.learning_rate_multiplier
    return Resolved(
        n_epochs=_auto_epochs(n_rows) if epochs == "auto" else epochs,
        batch_size=_auto_batch(n_rows) if batch == "auto" else batch,
        learning_rate_multiplier=1.0 if multiplier == "auto" else multiplier,
    )


class ResolvedDpo(msgspec.Struct, frozen=True, kw_only=True):
    """The same for preference training."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    beta: float


def resolve_dpo(hyperparameters: DpoHyperparameters, n_rows: int) -> ResolvedDpo:
    """Numbers for `n_rows` preference pairs; what the person set is kept as it is."""
    epochs, beta = hyperparameters.n_epochs, hyperparameters.beta
    plain = resolve(hyperparameters, n_rows)
    return ResolvedDpo(
        n_epochs=_DPO_EPOCHS if epochs == "auto" else epochs,
        batch_size=plain.batch_size,
        learning_rate_multiplier=plain.learning_rate_multiplier,
        beta=DPO_BETA if beta == "auto" else beta,
    )


def dpo_learning_rate(resolved: ResolvedDpo, *, is_tuned: bool) -> float:
    """The optimiser's peak rate; `is_tuned`: the job starts from a tuned model, not a base."""
    rate = DPO_LEARNING_RATE if is_tuned else DPO_BASE_LEARNING_RATE
    return rate * resolved.learning_rate_multiplier


def n_steps(n_rows: int, resolved: Resolved | ResolvedDpo) -> int:
    """Optimiser steps of the whole run; the last batch of an epoch may be short."""
    return math.ceil(n_rows / resolved.batch_size) * resolved.n_epochs


def local_seconds(
    n_steps: int,
    batch_size: int = 4,
    mean_row_tokens: float = MEASURED_ROW_TOKENS,
    times_larger: float = 1.0,
) -> float:
    """Estimated wall time of a run on this computer, loading included; 0 for no steps.

    `times_larger`: how many times as many parameters as the measured model's the model has.
    Meets the measured points: 0.9 s a step at batch 4 and 1.6 s at batch 8, rows of 57 tokens.
    """
    if n_steps <= 0:
        return 0.0
    step_s = _STEP_S + _ROW_TOKENS_S * batch_size * mean_row_tokens
    return START_AND_END_S + n_steps * step_s * times_larger


def _auto_epochs(n_rows: int) -> int:
    return min(max(round(_ROWS_WANTED / max(n_rows, 1)), 1), MAX_AUTO_EPOCHS)


def _auto_batch(n_rows: int) -> int:
    return 8 if n_rows >= _LARGER_BATCH_FROM_ROWS else 4
