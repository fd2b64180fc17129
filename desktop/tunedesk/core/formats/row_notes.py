"""What a conversion notes about the one row it works on."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from tunedesk.core.formats.notes import Note, Param
from tunedesk.core.json_text import JSONTextError, dump, parse_text

_MEDIA_KEYS = ("images", "image", "videos", "video", "audios", "audio")


class RejectedRow(Exception):  # noqa: N818 - not an error of the program: the row's end
    """The row cannot be converted; `note` says why."""

    def __init__(self, note: Note) -> None:
        super().__init__(note.code)
        self.note = note


class RowNotes:
    """Notes of one row, in order; each code and field once."""

    def __init__(self, row: int) -> None:
        self.row = row
        self._notes: dict[tuple[str, str], Note] = {}

    def add(self, code: str, field: str = "", **params: Param) -> None:
        """Note something. Of equal codes and fields the first is kept."""
        note = Note(code=code, row=self.row, field=field, params=params)
        self._notes.setdefault((code, field), note)

    def rejected(self, code: str, field: str = "", **params: Param) -> RejectedRow:
        """What to raise when the row cannot be used."""
        return RejectedRow(Note(code=code, row=self.row, field=field, params=params))

    def all(self) -> list[Note]:
        return list(self._notes.values())


def note_extras(value: Mapping[str, Any], used: Container[str], notes: RowNotes) -> None:
    """Name every key that holds something and is not used."""
    for key, inside in value.items():
        if key in used or inside is None or inside in ("", [], {}):
            continue
        notes.add("images" if key in _MEDIA_KEYS else "extra_field", _shown(key))


def as_text(value: object, field: str, notes: RowNotes) -> str:
    """A text as it is, null as "", anything else as JSON with a note."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    notes.add("content_not_text", field)
    return dump(value, ascii_only=False)


def from_json_text(value: object) -> Any:
    """What a text that is JSON holds; the value itself if it is no text or no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return parse_text(value)
    except JSONTextError:
        return value


def without_nulls(value: Any) -> Any:
    """Objects without the keys that hold null, at every depth: tables have all keys in each row."""
    if isinstance(value, dict):
        return {key: without_nulls(inside) for key, inside in value.items() if inside is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def _shown(key: str) -> str:
    return key if len(key) <= 60 and key.isprintable() else json.dumps(key)[:60]
