"""The names others give to who speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OPENAI_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
CALL = "tool_call"
"""Not a role: the turn is a call that the assistant makes."""

KNOWN_ROLES: Mapping[str, str] = {
    **{role: role for role in OPENAI_ROLES},
    **dict.fromkeys(("human", "prompter", "customer", "input", "instruction"), "user"),
    **dict.fromkeys(("gpt", "chatgpt", "bot", "ai", "model", "agent", "chatbot"), "assistant"),
    **dict.fromkeys(("bing", "bard", "claude", "llm", "output", "answer"), "assistant"),
    **dict.fromkeys(("observation", "tool_response", "function_response", "ipython"), "tool"),
    **dict.fromkeys(("tool_result", "function_result"), "tool"),
    **dict.fromkeys(("function_call", "tool_call", "tool_calls", "function-call"), CALL),
}
"""Lower-case names, and the OpenAI role (or CALL) they mean."""

ROLE_KEYS = ("role", "from", "speaker", "author")
TEXT_KEYS = ("content", "value", "text")


def is_turn(value: object) -> bool:
    """Whether it looks like one message: it says who speaks, and what, or what it calls."""
    if not isinstance(value, dict):
        return False
    return role_key(value) is not None and (text_key(value) is not None or "tool_calls" in value)


def role_key(turn: Mapping[str, Any]) -> str | None:
    """The key that says who speaks."""
    for key in ROLE_KEYS:  # asked for every turn: twice as fast as a generator
        if isinstance(turn.get(key), str):
            return key
    return None


def text_key(turn: Mapping[str, Any]) -> str | None:
    """The key under which the turn's text stands."""
    for key in TEXT_KEYS:
        if key in turn:
            return key
    return None
