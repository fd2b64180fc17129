"""What the messages of a row need to know of each other and of the row: calls, functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def calls_before(messages: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    """For each message the (id, function) of the calls before it, newest last."""
    found: list[list[tuple[str, str]]] = []
    known: list[tuple[str, str]] = []
    for message in messages:
        found.append(list(known) if message.get("role") == "tool" else [])
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            if isinstance(call, Mapping) and isinstance(call.get("id"), str):
                known.append((call["id"], _name(call)))
    return found


def schemas_of(value: object) -> dict[str, object]:
    """The parameters of each function that a parsed row declares, by name."""
    tools = value.get("tools") if isinstance(value, Mapping) else None
    found: dict[str, object] = {}
    for tool in tools if isinstance(tools, list) else []:
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            found[function["name"]] = function.get("parameters")
    return found


def new_call(
    messages: Sequence[Mapping[str, Any]], schemas: Mapping[str, object]
) -> dict[str, Any]:
    """A call of the row's first function, with an id that no other call has."""
    taken = {
        call.get("id")
        for message in messages
        for call in _listed(message.get("tool_calls"))
        if isinstance(call, Mapping)
    }
    number = next(n for n in range(1, len(taken) + 2) if f"call_{n}" not in taken)
    name = next(iter(schemas), "function")
    function = {"name": name, "arguments": "{}"}
    return {"id": f"call_{number}", "type": "function", "function": function}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(call: Mapping[str, Any]) -> str:
    function = call.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else "?"
