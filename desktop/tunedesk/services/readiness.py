"""Everything that can be known before a fine-tune is started."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from tunedesk.core.auto import local_seconds, n_steps, resolve
from tunedesk.core.cost import cost_usd, likely_epochs
from tunedesk.core.jobs import Hyperparameters
from tunedesk.core.rows import Format
from tunedesk.providers.profiles import Profile
from tunedesk.services.costing import price_for
from tunedesk.services.costing_types import PriceTable
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.local_engine import EngineStatus
from tunedesk.services.row_facts import Sendable
from tunedesk.services.training_types import FineTunePlan, Level, Readiness, ReadyCheck

# OpenAI's bounds; the multiplier's upper one is ours, far above anything that learns.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "learning_rate_multiplier": (0.000_001, 100),
}
RATE_BOUNDS = (0.000_000_1, 0.1)
"""Where the provider takes the rate itself: beyond these nothing was ever learned."""


def readiness_of(
    plan: FineTunePlan,
    session: DatasetSession,
    profile: Profile,
    engine: EngineStatus,
    prices: PriceTable | None = None,
) -> Readiness:
    """What can be said of the plan, from a checked session. No waiting, no network."""
    train, test = session.sendable("train"), session.sendable("test")
    checks = [
        *_plan_checks(plan, profile),
        *_row_checks(session, train, test, profile),
        *_length_checks(train, test, profile),
        _provider_check(profile, engine),
    ]
    hyperparameters = plan.hyperparameters if not _plan_checks(plan, profile) else Hyperparameters()
    resolved = resolve(hyperparameters, len(train.rows))
    steps = n_steps(len(train.rows), resolved)
    mean_tokens = train.tokens / len(train.rows) if train.tokens else 57.0
    seconds = local_seconds(steps, resolved.batch_size, mean_tokens)
    return Readiness(
        checks=checks,
        n_train=len(train.rows),
        n_test=len(test.rows),
        trained_tokens=train.trained_tokens * resolved.n_epochs,
        estimate_s=seconds if profile.is_local else None,
        cost_usd=_cost_usd(plan, profile, train, test, prices),
        leaves_computer=not profile.is_local,
        resolved=resolved,
        can_start=all(check.level in ("ok", "warning") for check in checks),
    )


def _cost_usd(
    plan: FineTunePlan,
    profile: Profile,
    train: Sendable,
    test: Sendable,
    prices: PriceTable | None,
) -> float | None:
    """Price of training: free here, None where the table has no price. Held-out rows count once
    an epoch where the provider bills them."""
    if profile.is_local:
        return 0.0
    price = price_for(prices, profile, plan.base_model) if prices is not None else None
    if price is None or not train.tokens:
        return None
    asked = plan.hyperparameters.n_epochs
    n_epochs = likely_epochs(len(train.rows)) if asked == "auto" else asked
    tokens = train.tokens + (test.tokens if profile.validation_billed else 0)
    return cost_usd(tokens, n_epochs, price.usd_per_million_trained_tokens)


def with_closing(
    ready: Readiness, profile: Profile, last_day: date | None, today: date
) -> Readiness:
    """The same with a line about a provider that ends fine-tuning on `last_day`."""
    if last_day is None:
        return ready
    is_over = today > last_day
    args: dict[str, str | int] = {
        "name": profile.name,
        "day": f"{last_day:%d %B %Y}",
        "days": (last_day - today).days,
    }
    level: Level = "error" if is_over else "warning"
    check = ReadyCheck(code="closed" if is_over else "closing", level=level, args=args)
    return msgspec.structs.replace(
        ready, checks=[*ready.checks, check], can_start=ready.can_start and not is_over
    )


def _plan_checks(plan: FineTunePlan, profile: Profile) -> list[ReadyCheck]:
    checks = [] if plan.name.strip() else [ReadyCheck(code="name", level="error")]
    for field, bounds in BOUNDS.items():
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


def _row_checks(
    session: DatasetSession, train: Sendable, test: Sendable, profile: Profile
) -> list[ReadyCheck]:
    checks = []
    if session.format is not Format.CHAT:
        args: dict[str, str | int] = {"format": str(session.format)}
        checks.append(ReadyCheck(code="format", level="error", args=args))
    enough = len(train.rows) >= profile.min_examples
    args = {"n": len(train.rows), "needed": profile.min_examples}
    checks.append(ReadyCheck(code="train_rows", level="ok" if enough else "error", args=args))
    level: Level = "ok" if test.rows else "warning"
    checks.append(ReadyCheck(code="test_rows", level=level, args={"n": len(test.rows)}))
    n_errors = train.n_with_errors + test.n_with_errors
    if n_errors:
        checks.append(ReadyCheck(code="set_aside", level="warning", args={"n": n_errors}))
    return checks


def _length_checks(train: Sendable, test: Sendable, profile: Profile) -> list[ReadyCheck]:
    """Longer rows are not refused but cut at their end, which is where the answer is."""
    if profile.max_row_tokens is None:
        return []
    longest = max(train.longest_tokens, test.longest_tokens)
    args: dict[str, str | int] = {"tokens": longest, "limit": profile.max_row_tokens}
    level: Level = "ok" if longest <= profile.max_row_tokens else "warning"
    return [ReadyCheck(code="longest_row", level=level, args=args)]


def _provider_check(profile: Profile, engine: EngineStatus) -> ReadyCheck:
    args: dict[str, str | int] = {"name": profile.name}
    if not profile.trains:
        return ReadyCheck(code="provider_chat_only", level="error", args=args)
    if not profile.is_local or engine.state == "ready":
        return ReadyCheck(code="provider_ready", level="ok", args=args)
    if engine.state == "starting":
        return ReadyCheck(code="provider_starting", level="busy", args=args)
    code = "provider_missing" if engine.state == "missing" else "provider_failed"
    return ReadyCheck(code=code, level="error", args=args | {"detail": engine.detail})
