"""Rules on one message of a chat, apart from what it says and the tools it calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunedesk.core.messages import role_of
from tunedesk.core.validation import content, tool_calls
from tunedesk.core.validation.findings import Findings, Rule, child, error, kind, quoted, warning

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_ROLES = ("system", "user", "assistant", "tool", "function", "developer")
_OWNERS = {
    "refusal": "assistant",
    "tool_calls": "assistant",
    "function_call": "assistant",
    "audio": "assistant",
    "tool_call_id": "tool",
}
_ALL_KEYS = frozenset({"role", "content", "name", "weight", *_OWNERS})


def role_known(message: Mapping[str, Any], path: str) -> Findings:
    """The role is one of those the chat format has; developer is not sure to be taken."""
    role = message.get("role")
    if "role" not in message:
        yield error(
            "missing_role",
            child(path, "role"),
            "The message has no role, so nobody knows who speaks; services refuse the file.",
            'Add "role": system, user, assistant or tool.',
        )
    elif role == "developer":
        yield warning(
            "developer_role",
            child(path, "role"),
            "The role developer belongs to the chat format, but not to the fine-tuning guide; "
            "a service may refuse it.",
            'Use "system" instead.',
        )
    elif not isinstance(role, str) or role not in _ROLES:
        yield error(
            "unknown_role",
            child(path, "role"),
            "The role is {role}, which no service knows.",
            "Use system, user, assistant or tool.",
            role=quoted(role),
        )


def keys_known(message: Mapping[str, Any], path: str) -> Findings:
    """Only keys of the format; null stands for a key that is not there."""
    for key in message:
        if key not in _ALL_KEYS:
            yield error(
                "unknown_message_key",
                child(path, key),
                "A message has no key {key}; services refuse the file for it.",
                "Remove the key.",
                key=quoted(key),
            )


def keys_in_place(message: Mapping[str, Any], path: str) -> Findings:
    """tool_calls, refusal and the like stand only on the role they belong to."""
    role = role_of(message)
    for key, value in message.items():
        owner = _OWNERS.get(key, role)
        if owner != role and role in _ROLES and value is not None:
            yield error(
                "misplaced_key",
                child(path, key),
                '"{key}" belongs to {owner} messages only; this one is of {role}.',
                "Remove the key, or correct the role.",
                key=key,
                owner=owner,
                role=role,
            )


def weight_valid(message: Mapping[str, Any], path: str) -> Findings:
    """weight is 0 or 1, and on assistant messages only."""
    weight = message.get("weight")
    if "weight" not in message or (weight is None and role_of(message) == "assistant"):
        return
    if role_of(message) != "assistant":
        yield error(
            "misplaced_weight",
            child(path, "weight"),
            "A weight says whether a reply is learned, so only assistant messages may have one; "
            "services refuse it elsewhere.",
            "Remove the weight.",
        )
    if isinstance(weight, bool) or weight not in (0, 1):
        yield error(
            "bad_weight",
            child(path, "weight"),
            "The weight is {weight}, but must be the number 0 (not learned) or 1.",
            "Write 0 or 1.",
            weight=quoted(weight),
        )


def name_valid(message: Mapping[str, Any], path: str) -> Findings:
    """A name is letters, digits, _ and -, at most 64; a function message needs one."""
    name = message.get("name")
    if name is None:
        if role_of(message) == "function":
            yield error(
                "missing_name",
                child(path, "name"),
                "A function message must name the function that answered.",
                'Add "name" with the function\'s name.',
            )
    elif not isinstance(name, str) or not NAME.fullmatch(name):
        yield error(
            "bad_name",
            child(path, "name"),
            "The name {name} is not 1 to 64 letters, digits, _ or -; services refuse it.",
            "Write a name of these characters, or remove it.",
            name=quoted(name),
        )


RULES: tuple[Rule, ...] = (
    role_known,
    keys_known,
    keys_in_place,
    weight_valid,
    name_valid,
    *content.RULES,
    *tool_calls.MESSAGE_RULES,
)


def check_message(message: object, path: str) -> Findings:
    """Every rule on one message, whatever it is."""
    if not isinstance(message, dict):
        yield error(
            "message_not_object",
            path,
            "The message is {kind}, but must be an object with role and content.",
            'Write it as {"role": "…", "content": "…"}.',
            kind=kind(message),
        )
        return
    for rule in RULES:
        yield from rule(message, path)
