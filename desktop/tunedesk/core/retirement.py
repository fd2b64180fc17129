"""When models end, and what may take their place: a dated table, asked by a model's id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a model and of everything tuned on it.

    `model` is an id, or the beginning of one with a "*" at the end. `successor` is "" where
    nobody named one; `can_tune_successor` says whether that one can be fine-tuned.
    """

    provider: str
    model: str
    ends: date
    successor: str = ""
    can_tune_successor: bool = False
    note: str = ""

    def is_about(self, base: str) -> bool:
        """Whether a base model's id is meant."""
        if self.model.endswith("*"):
            return base.startswith(self.model[:-1])
        return base == self.model


class RetirementTable(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: the day on which the sources were looked at."""

    as_of: date
    source: str
    models: Sequence[Retirement]
    no_new_jobs_after: dict[str, date] = {}

    def of(self, model: str, provider: str = "") -> Retirement | None:
        """What is known of a model's end, of a tuned one by its base; an exact id comes first.

        Without a provider every provider's entries are looked through.
        """
        base = base_of(model)
        known = [
            entry
            for entry in self.models
            if provider in ("", entry.provider) and entry.is_about(base)
        ]
        return min(known, key=lambda entry: entry.model.endswith("*"), default=None)


def base_of(model: str) -> str:
    """The base model's id in a tuned model's or a checkpoint's id; any other id as it is.

    A tuned model is "ft:<base>:…", at Azure "<base>.ft-…".
    """
    if model.startswith("ft:"):
        return model.split(":", 2)[1]
    return model.partition(".ft-")[0] or model


def undated(model: str) -> str:
    """A model's name without the date of its version."""
    return _DATE.sub("", model)


def is_tuned(model: str) -> bool:
    """Whether an id is that of a tuned model or a checkpoint."""
    return base_of(model) != model


def days_left(ends: date, today: date) -> int:
    """Whole days from today to the end; 0 on the last day, negative after it."""
    return (ends - today).days


def told_end(dates: Mapping[str, str | None], model: str) -> str | None:
    """What a provider's list of models says of a model's end: of itself, else of its base, which
    takes along all that was tuned on it."""
    return dates.get(model) or dates.get(base_of(model))


def retirement_of(
    told: str | None, model: str, provider: str, table: RetirementTable
) -> Retirement | None:
    """What is known of a model's end, on the day its own provider told if it did."""
    known = table.of(model, provider)
    ends, _is_told = end_of(told, model, provider, table)
    if ends is None:
        return None
    if known is None:
        return Retirement(provider=provider, model=base_of(model), ends=ends)
    return msgspec.structs.replace(known, ends=ends)


def end_of(
    told: str | None, model: str, provider: str, table: RetirementTable
) -> tuple[date | None, bool]:
    """A model's last day, and whether its own provider told it (else it is from the table).

    A date that cannot be read counts as none: providers write what they like.
    """
    try:
        return date.fromisoformat((told or "").strip()[:10]), True
    except ValueError:
        known = table.of(model, provider)
        return (known.ends if known else None), False
