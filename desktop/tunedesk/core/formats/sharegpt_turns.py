"""OpenAI messages as ShareGPT turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tunedesk.core.formats.flat_messages import note_rest, spoken_text
from tunedesk.core.formats.row_notes import RowNotes
from tunedesk.core.formats.tool_forms import calls_from
from tunedesk.core.json_text import dump
from tunedesk.core.messages import role_of, tool_calls_of

Turn = dict[str, Any]

_NAMES = {
    "user": "human",
    "assistant": "gpt",
    "developer": "system",
    "tool": "observation",
    "function": "observation",
}


def sharegpt_turns(messages: Iterable[Mapping[str, Any]], notes: RowNotes) -> list[Turn]:
    """{"from", "value"} for each; a message with text and calls becomes two turns."""
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        turns += _turns(message, f"messages[{index}]", notes)
    return turns


def _turns(message: Mapping[str, Any], path: str, notes: RowNotes) -> list[Turn]:
    role = role_of(message)
    text = spoken_text(message, path, notes)
    calls = [dict(call) for call in tool_calls_of(message)]
    turns = [{"from": _NAMES.get(role, role), "value": text}] if text or not calls else []
    if calls:
        if calls_from(calls, RowNotes(0), 0) is None:
            notes.add("broken_tool_call", path)
        notes.add("key_left_out", f"{path}.tool_calls.id")
        called = calls[0] if len(calls) == 1 else calls
        turns.append({"from": "function_call", "value": dump(called, ascii_only=False)})
    if message.get("weight") is not None:
        turns[-1]["weight"] = message["weight"]
    note_rest(message, path, notes)
    return turns
