"""Row-level keys: setting one, replacing a list of messages anywhere, swapping two values."""

from __future__ import annotations

from typing import Any

from tunedesk.core.json_edit import PathError, with_value, without
from tunedesk.core.json_text import (
    BOM,
    JSONTextError,
    Member,
    decode_text,
    dump,
    members,
    parse_text,
    skip,
)
from tunedesk.core.splice import splice_messages


def with_row_key(raw: bytes, key: str, value: object) -> bytes:
    """The row with this value under `key`; a key that is not there comes last.

    Every other byte stays. Raises PathError if the row is no JSON object.
    """
    text, found = _members(raw)
    if any(member.key == key for member in found):
        return with_value(raw, f"$.{key}", value)
    end = found[-1].end if found else text.index("{") + 1
    is_escaped = raw.isascii() and b"\\u" in raw
    member = f"{dump(key, ascii_only=True)}: {dump(value, ascii_only=is_escaped)}"
    new = f", {member}" if found else member
    return _row(raw, text[:end] + new + text[end:])


def without_row_key(raw: bytes, key: str) -> bytes:
    """The row without `key`; as it is where there is none. Raises PathError."""
    _, found = _members(raw)
    return without(raw, f"$.{key}") if any(m.key == key for m in found) else raw


def with_inner_messages(raw: bytes, key: str, messages: list[dict[str, Any]]) -> bytes:
    """The row with other messages in the object under `key`, as a preference row's `input` is.

    Messages that stay equal keep their bytes. Raises PathError where there are none.
    """
    text, found = _members(raw)
    place = next((member for member in reversed(found) if member.key == key), None)
    inner = parse_text(text[place.start : place.end]) if place is not None else None
    if place is None or not isinstance(inner, dict) or not isinstance(inner.get("messages"), list):
        raise PathError(f"there are no messages in {key!r}")
    part = text[place.start : place.end]
    new = splice_messages(part.encode("utf-8", "surrogatepass"), messages)
    return _row(raw, text[: place.start] + new.decode("utf-8") + text[place.end :])


def with_swapped(raw: bytes, one: str, other: str) -> bytes:
    """The row with the values of two keys in each other's place; twice gives the same bytes.

    Raises PathError where one of them is missing.
    """
    text, found = _members(raw)
    places = {member.key: member for member in found}
    if one not in places or other not in places:
        raise PathError(f"{one!r} or {other!r} is missing")
    first, second = sorted((places[one], places[other]), key=lambda member: member.start)
    swapped = (
        text[: first.start]
        + text[second.start : second.end]
        + text[first.end : second.start]
        + text[first.start : first.end]
        + text[second.end :]
    )
    return _row(raw, swapped)


def _members(raw: bytes) -> tuple[str, list[Member]]:
    try:
        text = decode_text(raw)
        value = parse_text(text)
    except JSONTextError as error:
        raise PathError(str(error)) from None
    if not isinstance(value, dict):
        raise PathError("the row is no object")
    return text, members(text, skip(text, 0))


def _row(raw: bytes, text: str) -> bytes:
    return (BOM if raw.startswith(BOM) else b"") + text.encode("utf-8")
