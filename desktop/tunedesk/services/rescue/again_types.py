"""A saved job as a plan to train the same again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tunedesk.core.jobs import Hyperparameters
from tunedesk.services.project.project import DatasetInfo

__all__ = ["AgainPlan", "Difference"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was; the window words it by `code`.

    | code | args |
    |---|---|
    | base | was, now (names), place |
    | smaller | – (the new base is much less able) |
    | english_only | – (of the new base) |
    | rate_left_out | – (the rate of the job means something else there) |
    | rate_means_another | – (a multiplier of another model's rate) |
    | bounded | field, was, now |
    | no_test | – (the job had no held-out rows) |
    | in_both | n (prompts that were in training and in test: now in training) |
    | not_supervised | method |
    """

    code: str
    args: Mapping[str, str | int] = msgspec.field(default_factory=dict)


class AgainPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The page New fine-tune filled in; the rows are those of `dataset` with its split."""

    name: str
    dataset: DatasetInfo
    provider_id: str
    base_model: str
    hyperparameters: Hyperparameters
    seed: int
    differences: Sequence[Difference]
