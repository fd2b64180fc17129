"""A message as who speaks and one text, for forms that know no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.formats.row_notes import RowNotes, as_text
from tunedesk.core.json_text import dump
from tunedesk.core.messages import content_text, role_of

_KNOWN = frozenset({"role", "content", "weight", "name", "tool_calls", "tool_call_id"})


def flat_message(message: Mapping[str, Any], index: int, notes: RowNotes) -> tuple[str, str]:
    """Role and text. Tool calls are written as JSON; all that is left out is noted."""
    path = f"messages[{index}]"
    text = spoken_text(message, path, notes)
    role = role_of(message)
    if message.get("tool_calls") or role in ("tool", "function"):
        notes.add("tool_calls_left_out", path)
        if message.get("tool_calls"):
            called = dump(message["tool_calls"], ascii_only=False)
            text = f"{text}\n{called}" if text else called
    if message.get("weight") is not None:
        notes.add("weight_left_out", path)
    note_rest(message, path, notes)
    return "system" if role == "developer" else role, text


def spoken_text(message: Mapping[str, Any], path: str, notes: RowNotes) -> str:
    """The content as one text; parts are joined, and pictures are noted as lost."""
    content = message.get("content")
    if not isinstance(content, list):
        return as_text(content, f"{path}.content", notes)
    kinds = {part.get("type") for part in content if isinstance(part, Mapping)}
    notes.add("parts_joined" if kinds <= {"text"} else "images", f"{path}.content")
    return content_text(content)


def note_rest(message: Mapping[str, Any], path: str, notes: RowNotes) -> None:
    """Name the keys that a form with role and text has no place for."""
    if message.get("name") is not None:
        notes.add("name_left_out", path)
    for key, inside in message.items():
        if key not in _KNOWN and inside is not None:
            notes.add("key_left_out", f"{path}.{key[:60]}")
