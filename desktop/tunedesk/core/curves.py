"""The loss curve of a job, read from its events, and what it says so far."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from tunedesk.core.jobs import Checkpoint, JobEvent

Points = list[tuple[int, float]]

TURN_UP = 0.02  # held-out loss this far above its lowest, relative: it turned up
FLAT = 0.01  # no more than this gained, relative, since the point before: it is flat
MIN_TRAIN_POINTS = 5


class Curve(msgspec.Struct, kw_only=True):
    """Points (step, value), rising by step, one a step. Accuracies are shares, 0 to 1: of tokens,
    or of pairs where preferences are learned.

    Held-out values may begin at step 0, before any training.
    """

    train: Points = msgspec.field(default_factory=list)
    held_out: Points = msgspec.field(default_factory=list)
    train_accuracy: Points = msgspec.field(default_factory=list)
    held_out_accuracy: Points = msgspec.field(default_factory=list)
    total_steps: int = 0


class ReadingCode(StrEnum):
    TOO_EARLY = "too_early"
    STILL_FALLING = "still_falling"
    FLAT = "flat"
    TURNED_UP = "turned_up"
    NO_HELD_OUT = "no_held_out"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the curve says; `step` is where held-out loss was lowest (0 if there is none)."""

    code: ReadingCode
    step: int = 0


def curve_of(events: Iterable[JobEvent], checkpoints: Iterable[Checkpoint] = ()) -> Curve:
    """Curve of a job's events, in any order.

    Metrics events count; a job without any is read from the step texts some providers send
    instead, and one without these from its checkpoints. Losses over all held-out rows win over
    those of one held-out batch. Values that are not finite numbers are left out.
    """
    seen = list(events)
    rows = [dict(e.data) for e in seen if e.type == "metrics" and e.data]
    if not any("step" in row for row in rows):
        rows = [row for row in (_from_text(e.message) for e in seen) if row]
    if not rows:
        rows = [{**one.metrics, "step": one.step_number} for one in checkpoints]
    return _assemble(rows)


def reading(curve: Curve) -> Reading:
    """What may be said of the curve.

    - no held-out points: TOO_EARLY below five training points, NO_HELD_OUT after;
    - one held-out point: TOO_EARLY;
    - last held-out loss more than 2 % above the lowest: TURNED_UP;
    - last within 1 % of the one before, or above it: FLAT;
    - otherwise STILL_FALLING.
    """
    points = curve.held_out
    if not points:
        early = len(curve.train) < MIN_TRAIN_POINTS
        return Reading(code=ReadingCode.TOO_EARLY if early else ReadingCode.NO_HELD_OUT)
    best_step, best = min(points, key=lambda point: (point[1], point[0]))
    if len(points) == 1:
        return Reading(code=ReadingCode.TOO_EARLY, step=best_step)
    return Reading(code=_trend(points, best), step=best_step)


def _trend(points: Points, best: float) -> ReadingCode:
    before, last = points[-2][1], points[-1][1]
    if last > best + abs(best) * TURN_UP:
        return ReadingCode.TURNED_UP
    if before - last <= abs(before) * FLAT:
        return ReadingCode.FLAT
    return ReadingCode.STILL_FALLING


def _assemble(rows: list[dict[str, Any]]) -> Curve:
    return Curve(
        train=_points(rows, "train_loss"),
        held_out=_points(rows, "full_valid_loss") or _points(rows, "valid_loss"),
        train_accuracy=_points(rows, "train_mean_token_accuracy")
        or _points(rows, "train_reward_accuracy"),
        held_out_accuracy=_points(rows, "full_valid_mean_token_accuracy")
        or _points(rows, "valid_mean_token_accuracy")
        or _points(rows, "full_valid_reward_accuracy")
        or _points(rows, "valid_reward_accuracy"),
        total_steps=max((_step(row, "total_steps") for row in rows), default=0),
    )


def _points(rows: list[dict[str, Any]], key: str) -> Points:
    found: dict[int, float] = {}
    for row in rows:
        value = _finite(row.get(key))
        # Step 0 is the untouched model: it has a held-out loss, and has learned nothing.
        if value is not None and (_step(row, "step") > 0 or _is_before_training(row, key)):
            found[_step(row, "step")] = value
    return sorted(found.items())


def _is_before_training(row: Mapping[str, Any], key: str) -> bool:
    return row.get("step") == 0 and key.startswith("full_valid")


def _step(row: Mapping[str, Any], key: str) -> int:
    return int(_finite(row.get(key)) or 0)


def _finite(value: object) -> float | None:
    """The number, or None for anything a curve cannot show: text, true, NaN, 10**400."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


_NUMBER = r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_STEP = re.compile(r"\bstep\s+(\d+)\s*/\s*(\d+)", re.IGNORECASE)
_WORDS = (
    ("train_loss", re.compile(rf"\btraining loss\s*=\s*{_NUMBER}", re.IGNORECASE)),
    ("full_valid_loss", re.compile(rf"\bfull validation loss\s*=\s*{_NUMBER}", re.IGNORECASE)),
    ("valid_loss", re.compile(rf"(?<!full )\bvalidation loss\s*=\s*{_NUMBER}", re.IGNORECASE)),
)


def _from_text(message: str) -> dict[str, Any]:
    """Values of "Step 3/33: training loss=3.1, validation loss=2.9"; {} for any other text."""
    at = _STEP.search(message)
    if at is None:
        return {}
    row: dict[str, Any] = {"step": int(at[1]), "total_steps": int(at[2])}
    for key, pattern in _WORDS:
        if found := pattern.search(message):
            row[key] = float(found[1])
    return row
