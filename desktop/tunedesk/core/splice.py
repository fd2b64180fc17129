"""Putting new messages into a chat row and leaving every other byte as it was."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

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
)

_ESCAPED = re.compile(rb"\\u(?:00[89a-fA-F][0-9a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])")


class Style:
    """How a row is written: its separators, and whether non-ASCII text is escaped."""

    def __init__(self, raw: bytes, text: str) -> None:
        self.ascii_only = raw.isascii() and _ESCAPED.search(raw) is not None
        self.item, self.key = _separators(text)

    def dump(self, value: object) -> str:
        return dump(value, ascii_only=self.ascii_only, item=self.item, key=self.key)


def splice_messages(raw: bytes, messages: list[dict[str, Any]]) -> bytes:
    """`raw`, a chat row that parses, with its messages replaced; equal parts keep their bytes."""
    text = decode_text(raw)
    place = _last(members(text, skip(text, 0)), "messages")
    style = Style(raw, text)
    new = _array(text, elements(text, place.start), messages, style)
    changed = text[: place.start] + new + text[place.end :]
    return (BOM if raw.startswith(BOM) else b"") + changed.encode("utf-8")


def _array(text: str, spans: list[Span], messages: list[dict[str, Any]], style: Style) -> str:
    if not spans or not messages:
        return style.dump(messages)
    old = [parse_text(text[s.start : s.end]) for s in spans]
    sources = _pair(old, messages)
    pieces = [
        style.dump(message) if source is None else _message(text, spans[source], message, style)
        for message, source in zip(messages, sources, strict=True)
    ]
    return _joined(text, spans, pieces, style)


def _joined(text: str, spans: list[Span], pieces: list[str], style: Style) -> str:
    """Pieces between the array's own brackets, with its own white space around the commas."""
    opening = text[text.rfind("[", 0, spans[0].start) : spans[0].start]
    closing = text[spans[-1].end : text.index("]", spans[-1].end) + 1]
    between = text[spans[0].end : spans[1].start] if len(spans) > 1 else style.item
    return opening + between.join(pieces) + closing


def _pair(old: list[Any], new: list[dict[str, Any]]) -> list[int | None]:
    """For each new message the old one it comes from: an equal one, else the one at its place."""
    places: dict[str, deque[int]] = {}
    for index, message in enumerate(old):
        places.setdefault(_exact(message), deque()).append(index)
    equal = [places.get(_exact(message)) for message in new]
    sources = [found.popleft() if found else None for found in equal]
    taken = {source for source in sources if source is not None}
    return [
        index if source is None and index < len(old) and index not in taken else source
        for index, source in enumerate(sources)
    ]


def _message(text: str, span: Span, message: dict[str, Any], style: Style) -> str:
    """The message at `span` changed into `message`; values that stay equal keep their text."""
    old = parse_text(text[span.start : span.end])
    if _exact(old) == _exact(message):
        return text[span.start : span.end]
    places = members(text, span.start) if isinstance(old, dict) else []
    keys = [place.key for place in places]
    if not message or not keys or len(set(keys)) != len(keys):
        return style.dump(message)
    kept = {place.key: place for place in places if _is_kept(place.key, old, message)}
    if keys == list(message):
        return _values_replaced(text, span, places, kept, message, style)
    return _rebuilt(text, span, places, kept, message, style)


def _is_kept(key: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    return key in new and _exact(old[key]) == _exact(new[key])


def _values_replaced(
    text: str,
    span: Span,
    places: list[Member],
    kept: dict[str, Member],
    message: dict[str, Any],
    style: Style,
) -> str:
    out, at = [], span.start
    for place in places:
        if place.key not in kept:
            out += [text[at : place.start], style.dump(message[place.key])]
            at = place.end
    return "".join(out) + text[at : span.end]


def _rebuilt(
    text: str,
    span: Span,
    places: list[Member],
    kept: dict[str, Member],
    message: dict[str, Any],
    style: Style,
) -> str:
    """Other keys or another order: kept members move with their text."""
    order = {place.key: index for index, place in enumerate(places)}
    written = [order[key] if key in kept else None for key in message]
    out = [text[span.start : places[0].key_start]]
    for index, (key, value) in enumerate(message.items()):
        if index:
            out.append(_between(text, places, written[index - 1], written[index], style))
        out.append(_member(text, kept.get(key), key, value, style))
    return "".join(out) + text[places[-1].end : span.end]


def _between(
    text: str, places: list[Member], before: int | None, after: int | None, style: Style
) -> str:
    """What stood between two members if they were neighbours; else the row's usual separator."""
    if before is None or after != before + 1:
        return style.item
    return text[places[before].end : places[after].key_start]


def _member(text: str, kept: Member | None, key: str, value: object, style: Style) -> str:
    if kept is not None:
        return text[kept.key_start : kept.end]
    return style.dump(key) + style.key + style.dump(value)


def _exact(value: object) -> str:
    """Equal only for values equal in type (1 is not true, nor 1.0) and in the order of keys."""
    return dump(value, ascii_only=True)


def _last(found: list[Member], key: str) -> Member:
    return next(member for member in reversed(found) if member.key == key)


def _separators(text: str) -> tuple[str, str]:
    """Item and key separator, read where the row shows them; ", " and ": " where it does not."""
    first = members(text, skip(text, 0))
    key = text[first[0].key_end : first[0].start]
    inner = _inner_members(text, first)
    for group in (inner, first):
        if len(group) > 1:
            return text[group[0].end : group[1].key_start], key
    return (", ", key) if key != ":" else (",", key)


def _inner_members(text: str, found: list[Member]) -> list[Member]:
    place = _last(found, "messages")
    spans = elements(text, place.start)
    is_object = bool(spans) and text[spans[0].start] == "{"
    return members(text, spans[0].start) if is_object else []
