"""What New fine-tune can be entered with: the rows of Data, or a job to start again."""

from __future__ import annotations

from typing import NamedTuple

from tunedesk.services.train.training import FineTunePlan

OPEN_DATASET = "open dataset"
"""What New fine-tune is entered with for the two sides of the dataset that is open on Data."""


class Again(NamedTuple):
    """What New fine-tune is filled in with; `setting` is one of `SETTINGS` to go to, or "";
    `dataset` the name of the one whose rows were learned, or ""; `has_test`: rows were held out."""

    plan: FineTunePlan
    setting: str = ""
    dataset: str = ""
    has_test: bool = True


SETTINGS = (
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "beta",
    "seed",
    "model",
    "name",
    "training_file",
    "validation_file",
)
"""As providers call them; the files stand for the rows that are chosen."""
