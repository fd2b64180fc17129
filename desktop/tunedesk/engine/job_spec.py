"""How a stored job becomes the trainer's `job.json`."""

from __future__ import annotations

import msgspec

from tunedesk.core import auto
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.engine.models import Servable
from tunedesk.engine.storage import Row
from tunedesk.engine.training.spec import JobSpec

TRAIN_FILE = "train.jsonl"
HELD_OUT_FILE = "valid.jsonl"

Chosen = auto.Resolved | auto.ResolvedDpo


def is_dpo(job: Row) -> bool:
    """True for preference training."""
    return bool(job["method"]["type"] == "dpo")


def chosen(job: Row) -> Chosen:
    """The job's hyperparameters, every "auto" resolved for its number of rows."""
    asked, n_rows = job["hyperparameters"], job["n_rows"]
    if is_dpo(job):
        return auto.resolve_dpo(msgspec.convert(asked, DpoHyperparameters), n_rows)
    return auto.resolve(msgspec.convert(asked, Hyperparameters), n_rows)


def needs_likelihood(job: Row, model: Servable) -> bool:
    """True where preferences alone would make the model collapse (measured): an untuned base."""
    return is_dpo(job) and model.adapter is None


def make_spec(
    job: Row, model: Servable, numbers: Chosen, *, lock_folder: str, micro_batch_tokens: int
) -> JobSpec:
    """Everything the trainer has to know."""
    spec = JobSpec(
        base_folder=str(model.base_folder),
        start_adapter=None if model.adapter is None else str(model.adapter),
        training_file=TRAIN_FILE,
        validation_file=HELD_OUT_FILE if job["validation_file"] else None,
        n_epochs=numbers.n_epochs,
        batch_size=numbers.batch_size,
        learning_rate=_learning_rate(numbers, model),
        seed=job["seed"],
        lock_folder=lock_folder,
        micro_batch_tokens=micro_batch_tokens,
        integrations=job["integrations"],
    )
    if isinstance(numbers, auto.Resolved):
        return spec
    weight = 1.0 if needs_likelihood(job, model) else 0.0
    return msgspec.structs.replace(spec, method="dpo", beta=numbers.beta, likelihood_weight=weight)


def _learning_rate(numbers: Chosen, model: Servable) -> float:
    if isinstance(numbers, auto.Resolved):
        return numbers.learning_rate
    return auto.dpo_learning_rate(numbers, is_tuned=model.adapter is not None)
