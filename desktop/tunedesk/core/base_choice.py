"""Which base model to start from: a few answers lead to a ranked list, each place with reasons.

The weights are judgements, stated here and nowhere else; a reason is a code that the window words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

Task = Literal["style", "format", "instructions", "knowledge"]
Language = Literal["english", "other"]
Quality = Literal["try", "good", "best"]
Budget = Literal["none", "small", "any"]
Privacy = Literal["here", "anywhere"]

ENOUGH_ROWS = 50
"""With fewer rows a large model is better at guessing what is meant."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the person wants. `n_rows` are those there are to learn from."""

    task: Task = "style"
    language: Language = "english"
    n_rows: int = 50
    quality: Quality = "good"
    budget: Budget = "small"
    privacy: Privacy = "anywhere"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A base model one could start from, with what the tables say of it.

    `strength` is 1 (tiny) to 5 (among the best); `usd_per_million_trained_tokens` None: unknown.
    `no_new_jobs_after`: the last day on which a job can be created there.
    """

    provider: str
    model: str
    label: str
    strength: int
    is_local: bool = False
    speaks_other_languages: bool = True
    usd_per_million_trained_tokens: float | None = None
    has_hosting_price: bool = False
    no_new_jobs_after: date | None = None


class Reason(msgspec.Struct, frozen=True):
    """`is_for`: whether it speaks for the model. `code` names the sentence."""

    code: str
    is_for: bool


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate in its place. One that breaks a condition is not offered: `is_possible`."""

    candidate: Candidate
    score: float
    reasons: tuple[Reason, ...]
    is_possible: bool


def rank(answers: Answers, candidates: Sequence[Candidate], today: date) -> list[Suggestion]:
    """All candidates, the best first, of equals the smaller; those not possible come last."""
    found = [_judge(answers, candidate, today) for candidate in candidates]
    return sorted(found, key=lambda one: (not one.is_possible, -one.score, one.candidate.strength))


def _judge(answers: Answers, candidate: Candidate, today: date) -> Suggestion:
    barred = _barred(answers, candidate, today)
    weighed = [*_strength(answers, candidate), *_price(answers, candidate, today)]
    reasons = [Reason(code, False) for code in barred]
    reasons += [Reason(code, points > 0) for code, points in weighed]
    return Suggestion(
        candidate=candidate,
        score=sum(points for _code, points in weighed),
        reasons=tuple(reasons),
        is_possible=not barred,
    )


def _barred(answers: Answers, candidate: Candidate, today: date) -> list[str]:
    """Conditions that nothing makes up for."""
    codes = []
    if answers.privacy == "here" and not candidate.is_local:
        codes.append("leaves_computer")
    if answers.budget == "none" and not candidate.is_local:
        codes.append("costs_money")
    if candidate.no_new_jobs_after is not None and today > candidate.no_new_jobs_after:
        codes.append("closed")
    return codes


def _strength(answers: Answers, candidate: Candidate) -> list[tuple[str, float]]:
    """How far what it can do is what is wanted; more than enough is no further merit."""
    wanted = {"style": 1, "format": 2, "instructions": 4, "knowledge": 4}[answers.task]
    wanted += {"try": -1, "good": 0, "best": 1}[answers.quality]
    wanted += answers.n_rows < ENOUGH_ROWS
    missing = max(0, min(5, wanted) - candidate.strength)
    points = [("strong_enough", 2.0)] if not missing else [("too_small", -1.5 * missing)]
    if answers.language == "other" and not candidate.speaks_other_languages:
        points.append(("english_only", -4.0))
    if answers.quality == "best" and candidate.strength > 3:
        points.append(("best_answers", 0.5 * candidate.strength))
    return points


def _price(answers: Answers, candidate: Candidate, today: date) -> list[tuple[str, float]]:
    points: list[tuple[str, float]] = []
    usd = candidate.usd_per_million_trained_tokens
    if candidate.is_local:
        points.append(("free_and_private", 1.5 if answers.quality == "try" else 1.0))
    elif usd is not None and answers.budget == "small":
        points.append(("cheap", 1.0) if usd <= 5 else ("dear", -1.0))
    if candidate.has_hosting_price:
        points.append(("hosting_costs", -0.5))
    if candidate.no_new_jobs_after is not None and today <= candidate.no_new_jobs_after:
        points.append(("ends_soon", -3.0))
    return points
