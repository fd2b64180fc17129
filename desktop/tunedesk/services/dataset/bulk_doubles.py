"""Doubles of what is known of rows: an edit is done to one beside the window, then taken over."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import copy
from typing import Any, TypeVar

T = TypeVar("T")


def double(thing: T) -> T:
    """Changes to the one do not show in the other, as far as its class says what edits change.

    A class names those attributes in `CHANGES`; the others are shared. Columns, lists and tables
    are copied in one step each, so that another thread can go on with the first.
    """
    made: Any = copy(thing) if isinstance(thing, array | bytearray | list | dict) else thing
    if isinstance(thing, list | dict):
        for at, value in made.items() if isinstance(thing, dict) else enumerate(thing):
            if isinstance(value, array | bytearray | list):
                made[at] = copy(value)
    names: Sequence[str] | None = getattr(thing, "CHANGES", None)
    if names is not None:
        made = copy(thing)
        for name in names:
            setattr(made, name, double(getattr(thing, name)))
    return made  # type: ignore[no-any-return]


def take_over(thing: T, other: T) -> None:
    """`thing` becomes what its double has become; those who know it need not be told."""
    for name in thing.CHANGES:  # type: ignore[attr-defined]
        now, new = getattr(thing, name), getattr(other, name)
        if hasattr(now, "CHANGES"):
            take_over(now, new)
        else:
            setattr(thing, name, new)
