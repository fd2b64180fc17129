"""Everything that can be known before a fine-tune is started."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from tunedesk.core.retirement import is_tuned
from tunedesk.core.rows import Format
from tunedesk.providers.profiles import Profile
from tunedesk.services.dataset.row_facts import Sendable
from tunedesk.services.providers.local_engine import EngineStatus
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.costing_types import CostSheet
from tunedesk.services.train.plan_checks import plan_checks, resolved_for
from tunedesk.services.train.training_types import FineTunePlan, Level, Readiness, ReadyCheck

Looked = Literal["nothing", "rules", "tokens", "all"]
"""How much is known of every row: nothing, its errors and its side, its tokens, its like, too."""


def checks_of(
    plan: FineTunePlan,
    chosen: ChosenRows,
    profile: Profile,
    place: ReadyCheck | None,
    limit_tokens: int | None,
    looked: Looked = "all",
) -> list[ReadyCheck]:
    """The lines of the card; a "busy" one, with how far it is, for what is not known yet of the
    rows. `place` is of the provider, None until it is known."""
    found = plan_checks(plan, profile)
    if looked == "nothing":
        found.append(_under_way("rows_looked_at", chosen))
    else:
        train, test = chosen.train.sendable, chosen.sendable_test
        found += _row_checks(plan, chosen, train, test, profile, looked)
        if looked == "rules":
            found.append(_under_way("tokens_counted", chosen))
        else:
            found += _length_checks(train, test, limit_tokens)
    return found if place is None else [*found, place]


def readiness_of(
    plan: FineTunePlan,
    chosen: ChosenRows,
    profile: Profile,
    place: ReadyCheck,
    costs: CostSheet,
    limit_tokens: int | None = None,
    looked: Looked = "all",
) -> Readiness:
    """What can be said of the plan, from sessions whose tokens are counted; `place` is of the
    provider. No waiting, no network.

    `limit_tokens`: what is read of a row, None where nobody knows.
    """
    train, test = chosen.train.sendable, chosen.sendable_test
    checks = checks_of(plan, chosen, profile, place, limit_tokens, looked)
    resolved = resolved_for(plan, profile, len(train.rows))
    return Readiness(
        checks=checks,
        n_train=len(train.rows),
        n_test=len(test.rows),
        trained_tokens=train.trained_tokens * resolved.n_epochs,
        costs=costs,
        leaves_computer=not profile.is_local,
        resolved=resolved,
        is_auto_told=profile.has_previews,
        can_start=all(check.level in ("ok", "warning") for check in checks),
        place=profile.name,
    )


def row_limit(profile: Profile, context_tokens: int | None) -> int | None:
    """What is learned of a row: the place's own limit, or less if the model reads less."""
    known = [one for one in (profile.max_row_tokens, context_tokens) if one is not None]
    return min(known, default=None)


def with_closing(
    ready: Readiness, profile: Profile, last_day: date | None, today: date
) -> Readiness:
    """The same with a line about a provider that ends fine-tuning on `last_day`."""
    if last_day is None:
        return ready
    is_over = today > last_day
    args: dict[str, str | int] = {
        "name": profile.name,
        "day": last_day.isoformat(),
        "days": (last_day - today).days,
    }
    level: Level = "error" if is_over else "warning"
    check = ReadyCheck(code="closed" if is_over else "closing", level=level, args=args)
    return msgspec.structs.replace(
        ready, checks=[*ready.checks, check], can_start=ready.can_start and not is_over
    )


def _format_checks(found: Format, plan: FineTunePlan, profile: Profile) -> list[ReadyCheck]:
    """Pairs teach preferences, everything else replies; prompts and completions only our engine."""
    if found is Format.PREFERENCE:
        if not profile.dpo:
            return [ReadyCheck(code="no_dpo", level="error", args={"name": profile.name})]
        return (
            [] if is_tuned(plan.base_model) else [ReadyCheck(code="dpo_from_base", level="warning")]
        )
    if found is Format.CHAT or (found is Format.COMPLETION and profile.has_previews):
        return []
    return [ReadyCheck(code="format", level="error", args={"format": str(found)})]


def _under_way(code: str, chosen: ChosenRows, *, is_next: bool = False) -> ReadyCheck:
    """Rows done of all, of the dataset that is being looked at; none if it `is_next`."""
    for session in chosen.sessions:
        if (state := session.check_state) is not None and not is_next:
            args: dict[str, str | int] = {"n": state.n_done, "total": state.n_rows}
            return ReadyCheck(code=code, level="busy", args=args)
    n_rows = len(chosen.train.session)
    return ReadyCheck(code=code, level="busy", args={"n": 0, "total": n_rows})


def _row_checks(
    plan: FineTunePlan,
    chosen: ChosenRows,
    train: Sendable,
    test: Sendable,
    profile: Profile,
    looked: Looked,
) -> list[ReadyCheck]:
    found = chosen.train.session.format
    checks = _format_checks(found, plan, profile)
    if test.rows and chosen.test is not None and chosen.test.session.format is not found:
        told: dict[str, str | int] = {"train": found, "test": chosen.test.session.format}
        checks.append(ReadyCheck(code="formats_differ", level="error", args=told))
    enough = len(train.rows) >= profile.min_examples
    args: dict[str, str | int] = {"n": len(train.rows), "needed": profile.min_examples}
    checks.append(ReadyCheck(code="train_rows", level="ok" if enough else "error", args=args))
    if looked != "all" and chosen.is_own_split and test.rows:
        checks.append(_under_way("likes_sought", chosen, is_next=looked == "rules"))
    else:
        checks.append(_test_check(chosen, test))
    n_errors = train.n_with_errors + test.n_with_errors
    if n_errors:
        checks.append(ReadyCheck(code="set_aside", level="warning", args={"n": n_errors}))
    return checks


def _test_check(chosen: ChosenRows, test: Sendable) -> ReadyCheck:
    """Likeness is looked for within a dataset; between two, equal prompts alone."""
    if n_leaks := chosen.n_in_both():
        leaking: dict[str, str | int] = {"n": n_leaks, "n_test": len(test.rows)}
        code = "leaks" if chosen.is_own_split else "same_prompts"
        return ReadyCheck(code=code, level="warning", args=leaking)
    code = "test_rows" if chosen.is_own_split or not test.rows else "test_prompts"
    level: Level = "ok" if test.rows else "warning"
    return ReadyCheck(code=code, level=level, args={"n": len(test.rows)})


def _length_checks(train: Sendable, test: Sendable, limit: int | None) -> list[ReadyCheck]:
    """Longer rows are not refused but cut at their end, which is where the answer is."""
    if limit is None:
        return []
    longest = max(train.longest_tokens, test.longest_tokens)
    args: dict[str, str | int] = {"tokens": longest, "limit": limit}
    level: Level = "ok" if longest <= limit else "warning"
    checks = [ReadyCheck(code="longest_row", level=level, args=args)]
    if n_cut_off := train.n_cut_off + test.n_cut_off:
        lost: dict[str, str | int] = {"n": n_cut_off, "limit": limit}
        checks.append(ReadyCheck(code="cut_off", level="warning", args=lost))
    return checks


def engine_check(profile: Profile, engine: EngineStatus) -> ReadyCheck | None:
    """What keeps the engine here, or anyone without jobs, from training; None if nothing does."""
    args: dict[str, str | int] = {"name": profile.name}
    if not profile.trains:
        return ReadyCheck(code="provider_chat_only", level="error", args=args)
    if not profile.is_local or engine.state == "ready":
        return None
    if engine.state == "starting":
        return ReadyCheck(code="provider_starting", level="busy", args=args)
    code = "provider_missing" if engine.state in ("missing", "no_model") else "provider_failed"
    return ReadyCheck(code=code, level="error", args=args | {"detail": engine.detail})
