"""Tools and tool calls in the ways others write them, as OpenAI writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.formats.row_notes import RowNotes, from_json_text, without_nulls
from tunedesk.core.json_text import dump

Json = dict[str, Any]


def tools_from(value: object, field: str, notes: RowNotes) -> list[Json] | None:
    """The declarations; JSON text is read. None, with a note, for what is no list of them."""
    found = without_nulls(from_json_text(value))
    if found in (None, "", []):
        return None
    tools = [_tool(item) for item in found] if isinstance(found, list) else [None]
    kept = [tool for tool in tools if tool is not None]
    if len(kept) < len(tools):
        notes.add("broken_tools", field)
        return None
    return kept


def _tool(item: object) -> Json | None:
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("function"), dict):
        return {"type": "function", **item}
    return {"type": "function", "function": item} if isinstance(item.get("name"), str) else None


def calls_from(value: object, notes: RowNotes, n_before: int) -> list[Json] | None:
    """Tool calls of one message; one object or a list, also as JSON text. None if unreadable.

    `n_before` calls stand earlier in the row: made-up ids go on from there.
    """
    found = from_json_text(value)
    items = found if isinstance(found, list) else [found]
    calls = [_call(item, n_before + i + 1, notes) for i, item in enumerate(items)]
    kept = [call for call in calls if call is not None]
    return kept if kept and len(kept) == len(calls) else None


def _call(item: object, number: int, notes: RowNotes) -> Json | None:
    if not isinstance(item, Mapping):
        return None
    function = item.get("function")
    function = function if isinstance(function, Mapping) else item
    name = function.get("name")
    if not isinstance(name, str):
        return None
    call_id = item.get("id")
    if not isinstance(call_id, str):
        notes.add("call_ids_made")
        call_id = f"call_{number}"
    arguments = _arguments(function, notes)
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _arguments(function: Mapping[str, Any], notes: RowNotes) -> str:
    found = function.get("arguments", function.get("parameters"))
    if isinstance(found, str):
        return found
    notes.add("arguments_as_text")
    return dump({} if found is None else without_nulls(found), ascii_only=False)
