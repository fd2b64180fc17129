"""Everything that can be known before a fine-tune is started."""

from __future__ import annotations

from collections.abc import Mapping

from tunedesk.core.auto import local_seconds, n_steps, resolve
from tunedesk.core.jobs import Hyperparameters
from tunedesk.core.rows import Format
from tunedesk.core.validation.whole_file import MIN_ROWS
from tunedesk.providers.profiles import Profile
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


def readiness_of(
    plan: FineTunePlan, session: DatasetSession, profile: Profile, engine: EngineStatus
) -> Readiness:
    """What can be said of the plan, from a checked session. No waiting, no network."""
    train, test = session.sendable("train"), session.sendable("test")
    checks = [
        *_plan_checks(plan),
        *_row_checks(session, train, test),
        *_length_checks(train, test, profile),
        _provider_check(profile, engine),
    ]
    hyperparameters = plan.hyperparameters if not _plan_checks(plan) else Hyperparameters()
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
        cost_usd=0.0 if profile.is_local else None,
        leaves_computer=not profile.is_local,
        resolved=resolved,
        can_start=all(check.level in ("ok", "warning") for check in checks),
    )


def _plan_checks(plan: FineTunePlan) -> list[ReadyCheck]:
    checks = [] if plan.name.strip() else [ReadyCheck(code="name", level="error")]
    for field, (low, high) in BOUNDS.items():
        value = getattr(plan.hyperparameters, field)
        if value != "auto" and not low <= value <= high:
            args = {"field": field, "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
            checks.append(ReadyCheck(code="hyperparameter", level="error", args=args))
    if not 0 <= plan.seed < 2**31:
        args = {"field": "seed", "value": str(plan.seed), "low": "0", "high": str(2**31 - 1)}
        checks.append(ReadyCheck(code="hyperparameter", level="error", args=args))
    return checks


def _row_checks(session: DatasetSession, train: Sendable, test: Sendable) -> list[ReadyCheck]:
    checks = []
    if session.format is not Format.CHAT:
        args: dict[str, str | int] = {"format": str(session.format)}
        checks.append(ReadyCheck(code="format", level="error", args=args))
    enough = len(train.rows) >= MIN_ROWS
    args = {"n": len(train.rows), "needed": MIN_ROWS}
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
    if not profile.is_local or engine.state == "ready":
        return ReadyCheck(code="provider_ready", level="ok", args=args)
    if engine.state == "starting":
        return ReadyCheck(code="provider_starting", level="busy", args=args)
    code = "provider_missing" if engine.state == "missing" else "provider_failed"
    return ReadyCheck(code=code, level="error", args=args | {"detail": engine.detail})
