"""Two models' answers to the same prompts, measured without a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Literal

import msgspec

from tunedesk.core.chat import Answer
from tunedesk.core.measures.chrf import chrf, corpus_chrf
from tunedesk.core.measures.json_shape import NOT_JSON, has_shape, is_structured, json_of
from tunedesk.core.measures.refusals import looks_like_refusal

MeasureName = Literal[
    "held_out_loss",
    "chrf",
    "exact_match",
    "json_valid",
    "json_shape",
    "length_tokens",
    "length_chars",
    "latency",
    "cut_off",
    "refusals",
]
Unit = Literal["loss", "score", "share", "tokens", "characters", "ms", "count"]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt with both answers; `reference` is "" where there is none."""

    prompt: str
    prompt_digest: str | None
    reference: str
    base: Answer
    tuned: Answer


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Mean loss of both models over `n_rows` held-out rows."""

    base: float
    tuned: float
    n_rows: int


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table; None where a model has no value. `n` prompts went into it.
    `better` is "tuned" or "base" where the figure says so, "" for an equal one and for those
    where neither more nor less is better."""

    name: MeasureName
    unit: Unit
    base: float | None
    tuned: float | None
    n: int
    better: Literal["", "base", "tuned"] = ""


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt with the likeness (chrF, 0 to 100) of both answers to the reference."""

    prompt: str
    prompt_digest: str | None
    base: float
    tuned: float


Figure = Callable[[Sequence[Answer], Sequence[Sample]], float | None]


def measure(samples: Sequence[Sample], loss: Loss | None = None) -> list[Measure]:
    """The lines that there is something to say in, in their order. `loss` is held-out loss of
    base and tuned, where whoever trained it told.

    An answer that has no end (cut off on its way) counts among those cut off and nowhere else,
    and takes its prompt with it: both models are measured on the same prompts.
    """
    whole = [one for one in samples if one.base.is_complete and one.tuned.is_complete]
    known = [one for one in whole if one.reference]
    structured = [one for one in known if is_structured(one.reference)]
    has_tokens = all(one.completion_tokens is not None for one in _answers(whole))
    length: MeasureName = "length_tokens" if has_tokens else "length_chars"
    size = _tokens if has_tokens else _chars
    lines = [
        _loss(loss),
        _line("chrf", "score", known, _chrf, more_is_better=True),
        _line("exact_match", "share", known, _exact, more_is_better=True),
        _line("json_valid", "share", structured, _valid, more_is_better=True),
        _line("json_shape", "share", structured, _shape, more_is_better=True),
        _line(length, "tokens" if has_tokens else "characters", whole, size),
        _line("latency", "ms", whole, _latency, more_is_better=False),
        _line("cut_off", "count", samples, _cut_off, more_is_better=False),
        _line("refusals", "count", whole, _refusals),
    ]
    return [line for line in lines if line is not None]


def best_and_worst(samples: Iterable[Sample], most: int = 5) -> tuple[list[Scored], list[Scored]]:
    """Prompts where the tuned model gained most in likeness to the reference, and where it lost
    most; each at most so many, the extreme first, and none in both."""
    scored = [_scored(one) for one in samples if one.reference and _is_whole(one)]
    scored.sort(key=lambda one: (one.base - one.tuned, one.prompt))
    gained = [one for one in scored if one.tuned > one.base]
    lost = [one for one in reversed(scored) if one.tuned < one.base]
    return gained[:most], lost[:most]


def is_cut_off(answer: Answer) -> bool:
    """Whether it ended before its end: on the way, or at the limit of tokens."""
    return answer.finish_reason in (None, "length")


def is_refusal(answer: Answer) -> bool:
    """Whether the model or its provider says that it refuses, or its words look like it."""
    said = answer.is_refusal or answer.finish_reason == "content_filter"
    return said or looks_like_refusal(answer.text)


def _loss(loss: Loss | None) -> Measure | None:
    if loss is None:
        return None
    return Measure(
        name="held_out_loss",
        unit="loss",
        base=loss.base,
        tuned=loss.tuned,
        n=loss.n_rows,
        better=_better(loss.base, loss.tuned, False),
    )


def _line(
    name: MeasureName,
    unit: Unit,
    samples: Sequence[Sample],
    figure: Figure,
    *,
    more_is_better: bool | None = None,
) -> Measure | None:
    if not samples:
        return None
    base = figure([one.base for one in samples], samples)
    tuned = figure([one.tuned for one in samples], samples)
    better = _better(base, tuned, more_is_better)
    return Measure(name=name, unit=unit, base=base, tuned=tuned, n=len(samples), better=better)


def _better(
    base: float | None, tuned: float | None, more_is_better: bool | None
) -> Literal["", "base", "tuned"]:
    if base is None or tuned is None or base == tuned or more_is_better is None:
        return ""
    return "tuned" if (tuned > base) == more_is_better else "base"


def _answers(samples: Iterable[Sample]) -> Iterable[Answer]:
    return (answer for one in samples for answer in (one.base, one.tuned))


def _is_whole(one: Sample) -> bool:
    return one.base.is_complete and one.tuned.is_complete


def _scored(one: Sample) -> Scored:
    return Scored(
        prompt=one.prompt,
        prompt_digest=one.prompt_digest,
        base=chrf(one.base.text, one.reference),
        tuned=chrf(one.tuned.text, one.reference),
    )


def _chrf(answers: Sequence[Answer], samples: Sequence[Sample]) -> float | None:
    pairs = zip(answers, samples, strict=True)
    return corpus_chrf((answer.text, one.reference) for answer, one in pairs)


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted)


def _exact(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    pairs = zip(answers, samples, strict=True)
    return _share(answer.text.strip() == one.reference.strip() for answer, one in pairs)


def _valid(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return _share(json_of(answer.text) is not NOT_JSON for answer in answers)


def _shape(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    pairs = zip(answers, samples, strict=True)
    return _share(has_shape(json_of(answer.text), json_of(one.reference)) for answer, one in pairs)


def _tokens(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return median(answer.completion_tokens or 0 for answer in answers)


def _chars(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return median(len(answer.text) for answer in answers)


def _latency(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return median(answer.elapsed_ms for answer in answers)


def _cut_off(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return float(sum(map(is_cut_off, answers)))


def _refusals(answers: Sequence[Answer], samples: Sequence[Sample]) -> float:
    return float(sum(map(is_refusal, answers)))
