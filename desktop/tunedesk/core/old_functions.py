"""The deprecated `functions` and `function_call` of a row, written as tools and tool calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.json_edit import with_key, with_value
from tunedesk.core.rows import messages_of, parse_row, with_messages

Message = dict[str, Any]


def has_old_functions(raw: bytes) -> bool:
    """Whether a chat row that parses declares, calls or answers functions in the old way."""
    value = parse_row(raw)
    if "functions" in value or "function_call" in value:
        return True
    return any("function_call" in m or m.get("role") == "function" for m in messages_of(raw))


def with_tools_for_functions(raw: bytes) -> bytes:
    """The row with tools, tool calls and tool messages. Raises RowError, PathError."""
    raw = with_messages(raw, _converted(messages_of(raw)))
    value = parse_row(raw)
    functions = value.get("functions")
    if not isinstance(functions, list) or "tools" in value:
        return raw
    tools = [{"type": "function", "function": one} for one in functions]
    return with_key(with_value(raw, "$.functions", tools), "$.functions", "tools")


def _converted(messages: list[Message]) -> list[Message]:
    open_id, n_calls = "", 0
    made: list[Message] = []
    for message in messages:
        if isinstance(message.get("function_call"), Mapping):
            n_calls += 1
            open_id = f"call_{n_calls}"
            made.append(_with_tool_call(message, open_id))
        elif message.get("role") == "function":
            made.append(_as_tool_message(message, open_id))
        else:
            made.append(message)
    return made


def _with_tool_call(message: Message, call_id: str) -> Message:
    call = {"id": call_id, "type": "function", "function": dict(message["function_call"])}
    return {
        ("tool_calls" if key == "function_call" else key): (
            [call] if key == "function_call" else value
        )
        for key, value in message.items()
    }


def _as_tool_message(message: Message, call_id: str) -> Message:
    kept = {key: value for key, value in message.items() if key not in ("role", "name")}
    return {"role": "tool", "tool_call_id": call_id, **kept}
