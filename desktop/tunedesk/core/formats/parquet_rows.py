"""Our rows as a table's columns with types; null stands for a key that is not there.

Tools are JSON text: their schemas differ from row to row, and TRL reads them so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunedesk.core.formats.export_rows import messages_in
from tunedesk.core.formats.flat_messages import spoken_text
from tunedesk.core.formats.row_notes import RowNotes, as_text
from tunedesk.core.formats.tool_forms import calls_from
from tunedesk.core.json_text import dump
from tunedesk.core.rows import Format

Row = dict[str, Any]

_CALLS = "STRUCT(id VARCHAR, type VARCHAR, function STRUCT(name VARCHAR, arguments VARCHAR))[]"
_MESSAGE = {
    "role": "VARCHAR",
    "content": "VARCHAR",
    "name": "VARCHAR",
    "weight": "BIGINT",
    "tool_calls": _CALLS,
    "tool_call_id": "VARCHAR",
    "refusal": "VARCHAR",
}
_HOLDER = {"tools": "VARCHAR", "parallel_tool_calls": "BOOLEAN"}
_ALWAYS = frozenset({"role", "content"})
_HALF = re.compile("[\ud800-\udfff]")


class ParquetLayout:
    """Fits rows to columns, and knows afterwards which of them were needed."""

    def __init__(self, kind: Format) -> None:
        self._kind = kind
        self._used: set[str] = set(_ALWAYS)

    def fit(self, value: Mapping[str, Any], notes: RowNotes) -> Row:
        """The row for the table. Raises RejectedRow for one of another format."""
        try:
            return {key: _whole(held, notes) for key, held in self._fitted(value, notes).items()}
        except (KeyError, TypeError, AttributeError):
            raise notes.rejected("other_format", shape="another kind") from None

    def columns(self) -> dict[str, str]:
        """Column names and DuckDB types, for the rows fitted so far."""
        message = _struct({key: _MESSAGE[key] for key in _MESSAGE if key in self._used})
        holder = {key: _HOLDER[key] for key in _HOLDER if key in self._used}
        match self._kind:
            case Format.COMPLETION:
                return {"prompt": "VARCHAR", "completion": "VARCHAR"}
            case Format.PREFERENCE:
                asked = _struct({"messages": f"{message}[]", **holder})
                outputs = ("preferred_output", "non_preferred_output")
                return {"input": asked, **dict.fromkeys(outputs, f"{message}[]")}
            case _:
                return {"messages": f"{message}[]", **holder}

    def _fitted(self, value: Mapping[str, Any], notes: RowNotes) -> Row:
        if self._kind is Format.COMPLETION:
            _note_left(value, {"prompt", "completion"}, "", notes)
            return {key: as_text(value[key], key, notes) for key in ("prompt", "completion")}
        if self._kind is not Format.PREFERENCE:
            return self._holder(value, "", notes)
        row: Row = {"input": self._holder(value["input"], "input.", notes)}
        for key in ("preferred_output", "non_preferred_output"):
            row[key] = self._messages({"messages": value[key]}, key, notes)
        _note_left(value, set(row), "", notes)
        return row

    def _holder(self, value: Mapping[str, Any], path: str, notes: RowNotes) -> Row:
        row: Row = {"messages": self._messages(value, f"{path}messages", notes)}
        if value.get("tools") is not None:
            row["tools"] = dump(value["tools"], ascii_only=False)
        if isinstance(value.get("parallel_tool_calls"), bool):
            row["parallel_tool_calls"] = value["parallel_tool_calls"]
        self._used |= set(row)
        _note_left(value, {"messages", "tools", "parallel_tool_calls"}, path, notes)
        return row

    def _messages(self, value: Mapping[str, Any], path: str, notes: RowNotes) -> list[Row]:
        found = messages_in(value, notes)
        return [self._message(m, f"{path}[{i}]", notes) for i, m in enumerate(found)]

    def _message(self, message: Mapping[str, Any], path: str, notes: RowNotes) -> Row:
        row: Row = {"role": as_text(message.get("role"), f"{path}.role", notes)}
        if message.get("content") is not None:
            row["content"] = spoken_text(message, path, notes)
        elif "content" not in message:
            notes.add("content_as_null", f"{path}.content")
        for key in ("name", "tool_call_id", "refusal"):
            if isinstance(message.get(key), str):
                row[key] = message[key]
        if message.get("weight") in (0, 1):
            row["weight"] = int(message["weight"])
        if message.get("tool_calls"):
            row["tool_calls"] = calls_from(message["tool_calls"], notes, 0)
            if row["tool_calls"] is None:
                notes.add("broken_tool_call", path)
        self._used |= set(row)
        _note_left(message, {*row, "content"}, f"{path}.", notes)
        return row


def _whole(value: Any, notes: RowNotes) -> Any:
    """The value with half characters replaced, which no table can hold."""
    if isinstance(value, str):
        if value.isascii() or not _HALF.search(value):
            return value
        notes.add("surrogates_replaced")
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _whole(held, notes) for key, held in value.items()}
    return [_whole(item, notes) for item in value] if isinstance(value, list) else value


def _struct(members: Mapping[str, str]) -> str:
    return "STRUCT(" + ", ".join(f"{key} {kind}" for key, kind in members.items()) + ")"


def _note_left(value: Mapping[str, Any], used: set[str], path: str, notes: RowNotes) -> None:
    for key, inside in value.items():
        if key not in used and inside is not None:
            notes.add("key_left_out", f"{path}{key[:60]}")
