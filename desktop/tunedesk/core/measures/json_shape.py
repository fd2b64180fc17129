"""Is a reply JSON, and is it of the form that the reference has?"""

from __future__ import annotations

import json
from typing import Any

NOT_JSON = object()
"""What `json_of` gives for a text that is no JSON; null is JSON."""


def json_of(text: str) -> Any:
    """The value of a text that is JSON from its first to its last character (white space around
    it is allowed, a code fence or a word is not), else NOT_JSON. NaN and Infinity are no JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NOT_JSON


def is_structured(text: str) -> bool:
    """Whether it is a JSON object or list: a reference like that asks for such replies."""
    return text.lstrip()[:1] in ("{", "[") and json_of(text) is not NOT_JSON


def has_shape(value: Any, reference: Any) -> bool:
    """Whether `value` has the keys of the reference, no others, and values of its kinds.

    In a list each element has to look like one of the reference's; an empty list in the
    reference allows any. Numbers are one kind; null in the reference allows anything there.
    """
    if reference is None:
        return True
    if isinstance(reference, dict):
        return (
            isinstance(value, dict)
            and value.keys() == reference.keys()
            and all(has_shape(value[key], part) for key, part in reference.items())
        )
    if isinstance(reference, list):
        return isinstance(value, list) and (
            not reference or all(any(has_shape(v, part) for part in reference) for v in value)
        )
    return _kind(value) == _kind(reference)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
