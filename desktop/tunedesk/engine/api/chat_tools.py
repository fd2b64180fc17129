"""The tools of a chat request, and what `tool_choice` makes of them."""

from __future__ import annotations

import json
import re
from typing import Any

from tunedesk.engine.tool_text import CALL_OPENING
from tunedesk.engine.wire import ApiError

_MAX_TOOLS = 128
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_WORDS = ("none", "auto", "required")

Tools = list[dict[str, Any]]
ToolChoice = str | dict[str, Any] | None


def tools_in_use(tools: Tools | None, choice: ToolChoice) -> Tools | None:
    """What the model is shown: None with `tool_choice` none. Raises ApiError 400."""
    if tools is None:
        if choice not in (None, "none", "auto"):
            text = "'tool_choice' is only allowed when 'tools' are specified."
            raise ApiError(400, text, param="tool_choice")
        return None
    _check_number(tools)
    for at, tool in enumerate(tools):
        _check_tool(tool, f"tools[{at}]")
    _check_choice(tools, choice)
    return None if choice == "none" else tools


def forced_call(tools: Tools | None, choice: ToolChoice) -> tuple[str, list[str]]:
    """How a reply that must be a call begins: its opening, and the beginnings of the object
    behind it, one for each function allowed. Empty where the model is free."""
    if tools is None or choice in (None, "auto"):
        return "", []
    names = [_name(tool) for tool in tools] if choice == "required" else [_chosen(choice)]
    return f"{CALL_OPENING}\n", [f'{{"name": {json.dumps(name)}, "arguments": {{' for name in names]


def _check_number(tools: Tools) -> None:
    if not tools:
        text = "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an"
        raise ApiError(400, text + " empty array instead.", param="tools", code="empty_array")
    if len(tools) > _MAX_TOOLS:
        text = "Invalid 'tools': array too long. Expected an array with maximum length"
        text += f" {_MAX_TOOLS}, but got an array with length {len(tools)} instead."
        raise ApiError(400, text, param="tools", code="array_above_max_length")


def _check_tool(tool: dict[str, Any], place: str) -> None:
    if tool.get("type") != "function":
        text = f"Invalid value: '{tool.get('type')}'. Supported values are: 'function'."
        raise ApiError(400, text, param=f"{place}.type", code="invalid_value")
    function = tool.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        text = f"Invalid '{place}.function.name': expected 1 to 64 letters, digits, '_' and '-'."
        raise ApiError(400, text, param=f"{place}.function.name", code="invalid_value")


def _check_choice(tools: Tools, choice: ToolChoice) -> None:
    if choice is None or choice in _WORDS:
        return
    name = _chosen(choice)
    if name not in [_name(tool) for tool in tools]:
        text = f"Tool choice '{name}' not found in 'tools' parameter."
        raise ApiError(400, text, param="tool_choice")


def _chosen(choice: ToolChoice) -> str:
    function = choice.get("function") if isinstance(choice, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        named = ", ".join(f"'{word}'" for word in _WORDS)
        text = f"Invalid value for 'tool_choice': expected {named}, or an object that names a"
        text += " function."
        raise ApiError(400, text, param="tool_choice", code="invalid_value")
    return str(function["name"])


def _name(tool: dict[str, Any]) -> str:
    return str(tool["function"]["name"])
