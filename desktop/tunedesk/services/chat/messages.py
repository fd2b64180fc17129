"""What is sent for a turn: the way to it, as OpenAI chat messages; and the tools beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.errors import TunedeskError
from tunedesk.core.json_text import JSONTextError, parse_text
from tunedesk.store.chat_records import ChatTurn

Message = dict[str, Any]


def messages_of(system: str, way: Sequence[ChatTurn]) -> list[Message]:
    """The system prompt, if there is one, and each turn; answers that never came are left out."""
    found: list[Message] = [{"role": "system", "content": system.strip()}] if system.strip() else []
    for turn in way:
        if turn.role == "user":
            found.append({"role": "user", "content": turn.text})
        elif turn.role == "tool":
            found += _results(turn.text, found)
        elif turn.answer is not None:
            found.append(_reply(turn))
    return found


def _reply(turn: ChatTurn) -> Message:
    calls = list(turn.answer.tool_calls) if turn.answer is not None else []
    message: Message = {"role": "assistant", "content": turn.text or (None if calls else "")}
    return message | ({"tool_calls": calls} if calls else {})


def _results(text: str, before: Sequence[Message]) -> list[Message]:
    """One text for every call of the answer before it."""
    calls = before[-1].get("tool_calls", ()) if before else ()
    return [{"role": "tool", "tool_call_id": call["id"], "content": text} for call in calls]


def tools_of(text: str) -> list[Mapping[str, Any]]:
    """The tools that a person wrote as JSON; none for a blank text.

    Raises TunedeskError that names the place, where it is no list of tools.
    """
    if not text.strip():
        return []
    try:
        found = parse_text(text)
    except JSONTextError as error:
        raise _unfit(f"It is no JSON: {error}.") from None
    tools = [found] if isinstance(found, dict) else found
    if not isinstance(tools, list):
        raise _unfit("It is no list.")
    for number, tool in enumerate(tools, 1):
        if not _is_tool(tool):
            raise _unfit(f"Number {number} of the list has no function with a name.")
    return tools


def _is_tool(tool: object) -> bool:
    function = tool.get("function") if isinstance(tool, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _unfit(what: str) -> TunedeskError:
    return TunedeskError(
        "chat.tools",
        "These tools cannot be sent.",
        what,
        'Write a list such as [{"type": "function", "function": {"name": "weather", '
        '"parameters": {"type": "object", "properties": {}}}}].',
    )
