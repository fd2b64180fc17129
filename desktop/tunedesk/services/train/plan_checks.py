"""What a plan's own numbers must be, and what "auto" among them stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from tunedesk.core.auto import Resolved, ResolvedDpo, resolve, resolve_dpo
from tunedesk.core.cost import likely_epochs
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters
from tunedesk.providers.profiles import Profile
from tunedesk.services.train.training_types import FineTunePlan, ReadyCheck

# OpenAI's bounds; the multiplier's upper one is ours, far above anything that learns.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "learning_rate_multiplier": (0.000_001, 100),
}
BETA_BOUNDS = (0.000_001, 2)
RATE_BOUNDS = (0.000_000_1, 0.1)
"""Where the provider takes the rate itself: beyond these nothing was ever learned."""


def plan_checks(plan: FineTunePlan, profile: Profile) -> list[ReadyCheck]:
    """What is wrong with the plan by itself; nothing of it is right to say."""
    checks = [] if plan.name.strip() else [ReadyCheck(code="name", level="error")]
    for field, bounds in _bounds_of(plan):
        value = getattr(plan.hyperparameters, field)
        is_rate = field == "learning_rate_multiplier" and profile.learning_rate == "absolute"
        low, high = RATE_BOUNDS if is_rate else bounds
        if value != "auto" and not low <= value <= high:
            name = "learning_rate" if is_rate else field
            args = {"field": name, "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
            checks.append(ReadyCheck(code="hyperparameter", level="error", args=args))
    if not 0 <= plan.seed < 2**31:
        args = {"field": "seed", "value": str(plan.seed), "low": "0", "high": str(2**31 - 1)}
        checks.append(ReadyCheck(code="hyperparameter", level="error", args=args))
    return checks


def _bounds_of(plan: FineTunePlan) -> Iterator[tuple[str, tuple[float, float]]]:
    yield from BOUNDS.items()
    if isinstance(plan.hyperparameters, DpoHyperparameters):
        yield "beta", BETA_BOUNDS


def resolved_for(plan: FineTunePlan, profile: Profile, n_rows: int) -> Resolved | ResolvedDpo:
    """Numbers for every "auto"; for a plan whose own numbers are refused, those of all auto.

    An engine of ours has told its rule. Elsewhere the epochs are a guess at what the service
    chooses, and batch and rate are nobody's to know.
    """
    is_right = not plan_checks(plan, profile)
    if plan.method == "dpo":
        pairs = plan.hyperparameters if is_right else DpoHyperparameters()
        return resolve_dpo(msgspec.convert(pairs, DpoHyperparameters, from_attributes=True), n_rows)
    asked = plan.hyperparameters if is_right else Hyperparameters()
    resolved = resolve(asked, n_rows)
    if profile.has_previews or asked.n_epochs != "auto":
        return resolved
    return msgspec.structs.replace(resolved, n_epochs=likely_epochs(n_rows))
