"""Changing one value of a JSON row and leaving every other byte as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from tunedesk.core.json_text import (
    BOM,
    Member,
    Span,
    decode_text,
    dump,
    elements,
    members,
    parse_text,
    skip,
    value_end,
)

_STEP = re.compile(
    r"\.(?P<key>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<index>\d+)\]|\[(?P<odd>\"(?:[^\"\\]|\\.)*\")\]"
)
_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")

Step = str | int


class PathError(ValueError):
    """The row has nothing at this path, or is no JSON."""


class _Place(NamedTuple):
    """A value, and the members or elements it stands among."""

    start: int
    end: int
    at: int
    siblings: Sequence[Member | Span]


def steps_of(path: str) -> list[Step]:
    """The keys and indices of a path such as `$.messages[2].role` or `$["odd key"]`."""
    steps: list[Step] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise PathError(f"{path} is no path")
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(found["key"] if found["key"] is not None else json.loads(found["odd"]))
        at = found.end()
    return steps


def value_at(raw: bytes, path: str) -> object:
    """The value. Raises PathError."""
    text = _text(raw)
    place = _find(text, steps_of(path))
    return parse_text(text[place.start : place.end])


def with_value(raw: bytes, path: str, value: object) -> bytes:
    """The row with another value at `path`. Raises PathError."""
    text = _text(raw)
    place = _find(text, steps_of(path))
    return _row(raw, text, place.start, place.end, _dump(raw, value))


def without(raw: bytes, path: str) -> bytes:
    """The row without the member or element at `path`. Raises PathError."""
    text = _text(raw)
    place = _find(text, steps_of(path))
    if not place.siblings:
        raise PathError("a whole row cannot be taken out of itself")
    return _row(raw, text, *_extent(place), "")


def with_key(raw: bytes, path: str, key: str) -> bytes:
    """The row with the member at `path` under another key. Raises PathError."""
    text = _text(raw)
    place = _find(text, steps_of(path))
    member = place.siblings[place.at] if place.siblings else None
    if not isinstance(member, Member):
        raise PathError(f"{path} has no key")
    return _row(raw, text, member.key_start, member.key_end, _dump(raw, key))


def without_repeats(raw: bytes, path: str) -> bytes:
    """Of members of one object with the same key, only the last, which is the one that counts."""
    steps = steps_of(path)
    text = _text(raw)
    holder = _find(text, steps[:-1])
    places = members(text, holder.start)
    same = [index for index, member in enumerate(places) if member.key == steps[-1]]
    for index in reversed(same[:-1]):
        start, end = _extent(_Place(places[index].start, places[index].end, index, places))
        text = text[:start] + text[end:]
    return _row(raw, text, 0, 0, "")


def _find(text: str, steps: Sequence[Step]) -> _Place:
    start = skip(text, 0)
    place = _Place(start, value_end(text, start), 0, ())
    for step in steps:
        place = _inside(text, place, step)
    return place


def _inside(text: str, place: _Place, step: Step) -> _Place:
    opening = text[place.start]
    if isinstance(step, int) and opening == "[":
        spans = elements(text, place.start)
        if step < len(spans):
            return _Place(spans[step].start, spans[step].end, step, spans)
    if isinstance(step, str) and opening == "{":
        found = members(text, place.start)
        for index in range(len(found) - 1, -1, -1):  # of repeated keys the last one counts
            if found[index].key == step:
                return _Place(found[index].start, found[index].end, index, found)
    raise PathError(f"there is no {step!r}")


def _extent(place: _Place) -> tuple[int, int]:
    """From where to where to cut, so that the commas stay right."""
    index, siblings = place.at, place.siblings
    if index + 1 < len(siblings):
        return _begin(siblings[index]), _begin(siblings[index + 1])
    if index > 0:
        return siblings[index - 1].end, place.end
    return _begin(siblings[index]), place.end


def _begin(sibling: Member | Span) -> int:
    return sibling.key_start if isinstance(sibling, Member) else sibling.start


def _text(raw: bytes) -> str:
    try:
        text = decode_text(raw)
        parse_text(text)
    except ValueError as error:
        raise PathError(str(error)) from None
    return text


def _row(raw: bytes, text: str, start: int, end: int, new: str) -> bytes:
    prefix = BOM if raw.startswith(BOM) else b""
    return prefix + (text[:start] + new + text[end:]).encode()


def _dump(raw: bytes, value: object) -> str:
    """Non-ASCII text is escaped where the row escapes it."""
    return dump(value, ascii_only=raw.isascii() and _ESCAPE.search(raw) is not None)
