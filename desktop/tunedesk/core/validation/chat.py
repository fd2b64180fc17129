"""Rules of chat rows: {"messages", "tools", "parallel_tool_calls", "functions"}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.messages import is_trained, role_of
from tunedesk.core.validation import tool_calls
from tunedesk.core.validation.content import image_count
from tunedesk.core.validation.findings import Findings, Rule, child, error, kind, quoted, warning
from tunedesk.core.validation.message import check_message

_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})


def unknown_keys(row: Mapping[str, Any], path: str) -> Findings:
    """Services refuse a row with any other key."""
    for key in row:
        if key not in _KEYS:
            yield error(
                "unknown_key",
                child(path, key),
                "A chat example has no key {key}; services refuse the whole file for it.",
                "Remove the key.",
                key=quoted(key),
            )


def messages_are_list(row: Mapping[str, Any], path: str) -> Findings:
    """messages is a list with at least one message."""
    messages = row.get("messages")
    if not isinstance(messages, list):
        yield error(
            "messages_not_list",
            child(path, "messages"),
            '"messages" is {kind}, but must be a list of messages.',
            "Write the messages as a list in square brackets.",
            kind=kind(messages),
        )
    elif not messages:
        yield error(
            "no_messages",
            child(path, "messages"),
            "The conversation has no messages, so there is nothing to learn.",
            "Add a question and an answer, or delete the row.",
        )


def each_message(row: Mapping[str, Any], path: str) -> Findings:
    """Every rule on every message."""
    for index, message in enumerate(_messages(row)):
        yield from check_message(message, child(child(path, "messages"), index))


def something_trained(row: Mapping[str, Any], path: str) -> Findings:
    """At least one assistant message is learned."""
    messages = _messages(row)
    if not messages or any(map(is_trained, messages)):
        return
    if any(role_of(message) == "assistant" for message in messages):
        yield error(
            "nothing_trained",
            child(path, "messages"),
            "Every assistant message has weight 0, so nothing of this example is learned.",
            "Give at least one assistant message weight 1.",
        )
    else:
        yield error(
            "no_assistant_message",
            child(path, "messages"),
            "No message is from the assistant, so there is no answer to learn.",
            "Add the answer as an assistant message.",
        )


def ends_with_assistant(row: Mapping[str, Any], path: str) -> Findings:
    """The last message is the assistant's. Without any assistant, that was said already."""
    messages = _messages(row)
    roles = [role_of(message) for message in messages]
    if "assistant" in roles and roles[-1] != "assistant":
        yield error(
            "last_not_assistant",
            child(child(path, "messages"), len(messages) - 1),
            "The last message is from {role}, but an example must end with the assistant's "
            "answer; services refuse it.",
            "Add the answer, or delete what comes after the last one.",
            role=roles[-1] or "nobody",
        )


def asks_something(row: Mapping[str, Any], path: str) -> Findings:
    """A conversation without a user message is odd."""
    messages = _messages(row)
    if messages and not any(role_of(message) == "user" for message in messages):
        yield warning(
            "no_user_message",
            child(path, "messages"),
            "No message is from the user, so the model would learn to speak unasked.",
            "Add the question as a user message.",
        )


def system_comes_first(row: Mapping[str, Any], path: str) -> Findings:
    """A system message later on is legal, but rarely meant; several may stand at the start."""
    is_start = True
    for index, message in enumerate(_messages(row)):
        is_start = is_start and role_of(message) in ("system", "developer")
        if not is_start and role_of(message) == "system":
            yield warning(
                "system_not_first",
                child(child(path, "messages"), index),
                "A system message stands in the middle of the conversation; many models only "
                "learn to heed it at the start.",
                "Move it to the start.",
            )


RULES: tuple[Rule, ...] = (
    unknown_keys,
    messages_are_list,
    each_message,
    something_trained,
    ends_with_assistant,
    asks_something,
    system_comes_first,
    image_count,
    *tool_calls.ROW_RULES,
)


def _messages(row: Mapping[str, Any]) -> list[Any]:
    messages = row.get("messages")
    return messages if isinstance(messages, list) else []
